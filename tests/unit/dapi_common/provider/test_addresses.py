from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from dapi_common.ids import AccountId
from dapi_common.provider.addresses import Addresses, Try
from tests.unit.dapi_common.provider.world import KEY, send

PUBLIC = "https://hooks.example.org"
HERE = Addresses("nexmo", KEY, PUBLIC)
ACCOUNT = AccountId("5f0c9a1be2d34c77")


def path_of(url: str) -> list[str]:
    return url.removeprefix(f"{PUBLIC}/callbacks/nexmo/").split("/")


@given(st.integers(1, 10**12), st.integers(0, 10**6), st.integers(1, 10_000))
def test_one_message_s_url_says_all_that_a_fact_about_it_needs(n: int, index: int, attempt: int) -> None:
    request = send(31, ACCOUNT, "7", attempt=attempt).model_copy(update={"n": n, "index": index})
    hooks = HERE.hooks(request)
    account, message, token = path_of(hooks.receipts)
    about = Try(request.message_id, n, request.invoke_id, index, "sms", attempt)
    assert HERE.read(AccountId(account), message, token) == about
    assert HERE.read_reference(ACCOUNT, hooks.reference) == about


def test_a_single_message_has_no_invoke_and_no_index() -> None:
    hooks = HERE.hooks(send(31, ACCOUNT))
    assert HERE.read_reference(ACCOUNT, hooks.reference) == Try(send(31).message_id, 31, None, None, "sms", 1)


def test_a_url_whose_parts_were_changed_is_nobody_s() -> None:
    account, message, token = path_of(HERE.hooks(send(31, ACCOUNT, "7")).receipts)
    assert HERE.read(AccountId("0000000000000000"), message, token) is None
    assert HERE.read(ACCOUNT, "7-32", token) is None
    assert HERE.read(ACCOUNT, message, "x" + token[1:]) is None
    assert HERE.read(ACCOUNT, message, token[:-1] + ("0" if token[-1] != "0" else "1")) is None
    assert HERE.read(ACCOUNT, message, "") is None
    assert Addresses("twilio", KEY, PUBLIC).read(ACCOUNT, message, token) is None
    assert account == ACCOUNT


@given(st.text(max_size=40))
def test_a_reference_that_was_not_made_here_is_nobody_s(text: str) -> None:
    assert HERE.read_reference(ACCOUNT, text) is None


def test_the_account_s_url_is_the_account_s_and_the_provider_s_only() -> None:
    account, token = path_of(HERE.of_account(ACCOUNT))
    assert HERE.is_account_s(AccountId(account), token)
    assert not HERE.is_account_s(AccountId("0000000000000000"), token)
    assert not Addresses("twilio", KEY, PUBLIC).is_account_s(ACCOUNT, token)


def test_a_document_comes_back_from_its_url_and_its_text_is_not_to_be_read_there() -> None:
    content = "<Response><Say>Your code is 4711, says André</Say></Response>"
    url = HERE.hooks(send(31, ACCOUNT)).document(content)
    _, kind, sealed = path_of(url)
    assert kind == "document"
    assert "4711" not in url
    assert HERE.open_document(sealed) == content
    assert HERE.open_document(sealed[:-4] + "AAAA") is None
    assert HERE.open_document("x") is None


def test_without_a_public_url_there_is_a_reference_only() -> None:
    hooks = Addresses("nexmo", KEY, "").hooks(send(31, ACCOUNT))
    assert (hooks.receipts, hooks.document("<Response/>")) == ("", "")
    assert hooks.reference
    assert Addresses("nexmo", KEY, "").of_account(ACCOUNT) == ""


def test_the_url_of_a_million_message_installation_fits_the_vendor_with_the_shortest_urls() -> None:
    request = send(100_000, ACCOUNT, "9999").model_copy(update={"n": 50_000_000, "index": 99_999})
    assert len(replace_host(HERE.hooks(request).receipts)) <= 100


def replace_host(url: str) -> str:
    return url.replace(PUBLIC, "https://d.example.org")


def test_references_are_of_characters_that_every_vendor_gives_back() -> None:
    reference = replace(HERE.hooks(send(31, ACCOUNT, "7"))).reference
    assert set(reference) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
    assert len(reference) <= 64
