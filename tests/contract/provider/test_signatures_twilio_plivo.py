"""Signatures of callbacks: published vectors, and the vendors' own packages as oracles."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import MultiDict
from plivo.utils import validate_signature
from plivo.utils.signature_v3 import (
    construct_get_url,
    construct_post_url,
    get_signature_v3,
    validate_v3_signature,
)
from twilio.request_validator import RequestValidator

from dapi_common.provider.adapter import Receives
from dapi_common.provider.callback import Callback, Received, Rejected
from dapi_common.provider.http import NotSent
from dapi_common.testing.provider_cases import ScriptedHttp
from provider_plivo.adapter import Plivo
from provider_twilio.adapter import Twilio

Pairs = Sequence[tuple[str, str]]
FORM = "application/x-www-form-urlencoded"
TWILIO_TOKEN = "12345678901234567890123456789012"
TWILIO_URL = "https://hooks.example.org/cb/twilio/sms?tenant=7&x=a%20b"
TWILIO_PORT = TWILIO_URL.replace(".org", ".org:443")
TWILIO_FORM = [
    ("AccountSid", "AC" + 32 * "0"),
    ("From", "+15005550006"),
    ("MessageSid", "SM" + 31 * "0" + "1"),
    ("MessageStatus", "delivered"),
    ("To", "+31612345678"),
]
SHARED = {"x-twilio-webhooks-signature-settings": "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"}
PLIVO_TOKEN = "PLIVOTOKEN" + 31 * "0"
MAIN_TOKEN = "MAINTOKEN" + 31 * "0"
NONCE = "05429567804466091622"
PLIVO_URL = "https://hooks.example.org/cb/plivo/sms?tenant=7"
PLIVO_CALL = "https://hooks.example.org/cb/plivo/call"
PLIVO_FORM = [
    ("From", "14150000001"),
    ("To", "31612345678"),
    ("CallUUID", "11111111-2222-3333-4444-555555555555"),
    ("CallStatus", "completed"),
]
names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
values = st.text(st.characters(codec="utf-8"), max_size=12)
ascii_values = st.text(st.characters(codec="ascii"), max_size=12)
ascii_pairs = st.lists(st.tuples(ascii_values.filter(bool), ascii_values), max_size=4)
pairs = st.lists(st.tuples(names, values), max_size=6)


async def taken(
    adapter: Receives,
    credentials: Mapping[str, str],
    url: str,
    headers: Mapping[str, str],
    form: Pairs | None = None,
    body: bytes = b"",
    media: str = FORM,
) -> bool:
    """Whether the adapter believes it; `form` None and no body: a GET."""
    method = "GET" if form is None and not body else "POST"
    posted = body or urlencode(form or []).encode()
    callback = Callback(method, url, {"content-type": media, **headers}, posted, credentials, 0.0)
    read = await adapter.receive(callback, ScriptedHttp(NotSent("nobody is asked")))
    assert isinstance(read, Received) or read == Rejected(403, read.reason)
    return isinstance(read, Received)


async def by_twilio(url: str, signature: str, form: Pairs | None = None, shared: bool = False, **more: Any) -> bool:
    credentials = {"ACCOUNT_SID": "AC1", "AUTH_TOKEN": TWILIO_TOKEN, "WEBHOOK_SHARED_KEY": TWILIO_TOKEN}
    headers = {"x-twilio-signature": signature, **(SHARED if shared else {})}
    return await taken(Twilio(), credentials, url, headers, form, **more)


async def by_plivo(url: str, version: str, signature: str, form: Pairs | None = None, ma: str = "") -> bool:
    credentials = {"AUTH_ID": "SA1", "AUTH_TOKEN": PLIVO_TOKEN, "MAIN_AUTH_TOKEN": MAIN_TOKEN}
    headers = {f"x-plivo-signature-{ma}{version}": signature, f"x-plivo-signature-{version}-nonce": NONCE}
    return await taken(Plivo(), credentials, url, headers, form)


@pytest.mark.parametrize("url", [TWILIO_URL, TWILIO_PORT])
@pytest.mark.parametrize("signature", ["U+qMDWBpxgsmDWAIvFFCpoBOJw4=", "VV67CM8Z/s4ikgjEMcAdZFRwR50="])
async def test_twilio_signs_a_form_with_the_default_port_or_without(url: str, signature: str) -> None:
    assert await by_twilio(url, signature, TWILIO_FORM)
    assert not await by_twilio(url, signature, [*TWILIO_FORM, ("ErrorCode", "21610")])
    assert not await by_twilio(url.replace("%20", "+"), signature, TWILIO_FORM)


async def test_twilio_signs_a_form_with_the_account_s_own_key_for_webhooks() -> None:
    signature = "wKi7rrMw2UEy3HfOYVdC4T7qDCYPEaLttutzwQCqMyE="
    assert await by_twilio(TWILIO_URL, signature, TWILIO_FORM, shared=True)
    assert not await by_twilio(TWILIO_URL, signature, TWILIO_FORM)
    assert not await by_twilio(TWILIO_URL, "U+qMDWBpxgsmDWAIvFFCpoBOJw4=", TWILIO_FORM, shared=True)


async def test_twilio_signs_the_url_of_a_get() -> None:
    url = "https://hooks.example.org/cb/twilio/voice?CallSid=CA1&CallStatus=completed"
    assert await by_twilio(url, "i5mIsH4FzXGNtimYPJwayzPfTfY=")
    assert not await by_twilio(url.replace("completed", "busy"), "i5mIsH4FzXGNtimYPJwayzPfTfY=")


@pytest.mark.parametrize("body", [b'{"a":1}', b'{"a":2}', b"\xff", b"a=1"])
@pytest.mark.parametrize("media", ["application/json", "text/plain", ""])
async def test_twilio_s_json_is_covered_by_the_hash_in_its_url(body: bytes, media: str) -> None:
    digest = "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"
    url, signature = f"https://hooks.example.org/cb/twilio/json?bodySHA256={digest}", "8nKKnSbUAipqVsspTV6VPZOZ+2M="
    genuine = body == b'{"a":1}'
    assert await by_twilio(url, signature, body=body, media=media) == genuine
    assert not await by_twilio(url.replace("015a", "015b"), signature, body=body, media=media)


@pytest.mark.parametrize("query", ["", "?bodySHA256", "?bodySHA256=", "?x=1"])
async def test_a_body_that_twilio_s_signature_does_not_cover_is_not_believed(query: str) -> None:
    url = f"https://hooks.example.org/cb/twilio/json{query}"
    signature = RequestValidator(TWILIO_TOKEN).compute_signature(url, {})
    assert not await by_twilio(url, signature, body=b'{"MessageSid":"SM1"}', media="application/json")
    assert await by_twilio(url, signature, [])


async def test_more_fields_than_anybody_signs_are_not_read() -> None:
    form = [(f"n{number}", "1") for number in range(1001)]
    signature = RequestValidator(TWILIO_TOKEN).compute_signature(TWILIO_URL, MultiDict(form))
    assert not await by_twilio(TWILIO_URL, signature, form)


@pytest.mark.parametrize("signature", ["", "=", "Zm9yZ2Vk", "\udcff", "U+qMDWBpxgsmDWAIvFFCpoBOJw4"])
async def test_what_is_no_signature_is_none(signature: str) -> None:
    assert not await by_twilio(TWILIO_URL, signature, TWILIO_FORM)
    assert not await by_plivo(PLIVO_CALL, "v3", signature, PLIVO_FORM)
    assert not await by_plivo(PLIVO_CALL, "v2", signature, PLIVO_FORM)


@given(form=pairs, query=pairs, other=values)
async def test_twilio_s_own_validator_and_the_adapter_agree(form: Pairs, query: Pairs, other: str) -> None:
    url = f"https://hooks.example.org/cb?{urlencode([*query, ('t', '7')])}"
    signature = RequestValidator(TWILIO_TOKEN).compute_signature(url, MultiDict(form))
    assert await by_twilio(url, signature, form)
    changed = [*form, ("MessageStatus", other)]
    known = RequestValidator(TWILIO_TOKEN).validate(url, MultiDict(changed), signature)
    assert await by_twilio(url, signature, changed) == known


@pytest.mark.parametrize(
    ("url", "form", "signature"),
    [
        (PLIVO_URL, PLIVO_FORM, "/Rsp84fzOrVRlhcbjJnmBJ/3hpi/JBqtiHRf1tMrBPQ="),
        (PLIVO_CALL, PLIVO_FORM, "bPWkXFBo1FzzBK/hqyTQKKS4afd6m3PxL6kaRLXkf+w="),
        (PLIVO_CALL, [], "++lQ8F9wlLb5W3YGLRtDkTqhyeez2egy4FlsybMY+4g="),
        (f"{PLIVO_URL}&{urlencode(PLIVO_FORM)}", None, "IWnLy5JO/oTQb9tXkvix5nnwGGU328iAalwn1Z/X3Bc="),
    ],
)
async def test_plivo_s_vectors_of_v3(url: str, form: Pairs | None, signature: str) -> None:
    assert await by_plivo(url, "v3", signature, form)
    assert not await by_plivo(url, "v3", signature, [*(form or []), ("CallStatus", "busy")])
    assert not await by_plivo(f"{url}&x=1" if "?" in url else f"{url}?x=1", "v3", signature, form)
    assert not await by_plivo(url, "v3", signature, form, ma="ma-")


async def test_plivo_s_vector_of_v2_covers_neither_query_nor_fields() -> None:
    signature = "DMyaM9EH0DUPJ+EGhnoqwvMRz9f1ekqRg8f4hOmdNCk="
    for url in (PLIVO_URL, PLIVO_URL.partition("?")[0]):
        assert await by_plivo(url, "v2", signature, PLIVO_FORM)
        assert validate_signature(url, NONCE, signature, PLIVO_TOKEN)
    assert not await by_plivo(PLIVO_CALL, "v2", signature, PLIVO_FORM)
    assert not await by_plivo(PLIVO_URL, "v2", signature, PLIVO_FORM, ma="ma-")


def v3(method: str, url: str, form: Mapping[str, list[str]], token: str) -> str:
    """As Plivo's package signs."""
    base = construct_get_url(url, dict(form)) if method == "GET" else construct_post_url(url, dict(form))
    return str(get_signature_v3(token.encode(), base.decode(), NONCE.encode()).decode())


def grouped(form: Pairs) -> dict[str, list[str]]:
    return {name: [value for key, value in form if key == name] for name, _ in form}


# Plivo's package reads a query in ASCII only.
@given(form=pairs, query=ascii_pairs, is_get=st.booleans(), ma=st.booleans(), other=values)
async def test_plivo_s_own_validator_and_the_adapter_agree(
    form: Pairs, query: Pairs, is_get: bool, ma: bool, other: str
) -> None:
    method, fields = ("GET", []) if is_get else ("POST", form)
    url = f"https://hooks.example.org/cb{'?' if query else ''}{urlencode(query)}"
    token, kind = (MAIN_TOKEN, "ma-") if ma else (PLIVO_TOKEN, "")
    signature = v3(method, url, grouped(fields), token)
    sent = None if is_get else fields
    assert validate_v3_signature(method, url, NONCE, token, signature, grouped(fields))
    assert await by_plivo(url, "v3", f"Zm9yZ2Vk,{signature}", sent, kind)
    assert not await by_plivo(url, "v3", v3(method, url, grouped(fields), f"{token}x"), sent, kind)
    if not is_get:
        changed = [*fields, ("Status", other)]
        known = validate_v3_signature(method, url, NONCE, token, signature, grouped(changed))
        assert await by_plivo(url, "v3", signature, changed, kind) == known
