"""Whether Plivo sent it: V3 covers the request, V2 nothing but the URL without its query.

https://www.plivo.com/docs/messaging/concepts/signature-validation
https://www.plivo.com/docs/voice/concepts/signature-validation"""

import hmac
from base64 import b64encode
from hashlib import sha256
from typing import Final
from urllib.parse import urlsplit

from dapi_common.provider.callback import Callback

_HEADER: Final = "x-plivo-signature"


def is_genuine(callback: Callback) -> bool:
    """Whether a key of the account signed it. Where a V3 signature came along it decides: with V2 alone anybody on the
    way could change the fields."""
    texts = (("v3", f"{_v3_text(callback)}."), ("v2", _without_query(callback.url)))
    for version, text in texts:
        nonce, given = callback.headers.get(f"{_HEADER}-{version}-nonce"), _given(callback, version)
        if nonce and given:
            return any(_is_among(signatures, _sign(key, text + nonce)) for key, signatures in given)
    return False


def _given(callback: Callback, version: str) -> list[tuple[str, list[bytes]]]:
    """Signatures with the key that they should be of: the account's own, or (`Ma`) its main account's. There may be
    several, with commas."""
    own = callback.credentials["AUTH_TOKEN"]
    main = callback.credentials.get("MAIN_AUTH_TOKEN") or own
    headers = ((own, f"{_HEADER}-{version}"), (main, f"{_HEADER}-ma-{version}"))
    given = [(key, callback.headers[header]) for key, header in headers if callback.headers.get(header)]
    return [(key, [one.strip().encode(errors="replace") for one in text.split(",")]) for key, text in given]


def _is_among(signatures: list[bytes], expected: bytes) -> bool:
    return any(hmac.compare_digest(signature, expected) for signature in signatures)


def _v3_text(callback: Callback) -> str:
    base, query = _without_query(callback.url), sorted(callback.query())
    fields = sorted(callback.form()) if callback.method != "GET" else []
    parameters = "&".join(f"{name}={value}" for name, value in query)
    if fields:
        return f"{base}?{parameters}{'.' if query else ''}{''.join(name + value for name, value in fields)}"
    return f"{base}?{parameters}" if query else base


def _without_query(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"


def _sign(key: str, text: str) -> bytes:
    return b64encode(hmac.digest(key.encode(), text.encode(), sha256))
