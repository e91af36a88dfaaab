"""Plivo's signatures: V2 of messaging, V3 of voice.

https://www.plivo.com/docs/messaging/concepts/signature-validation and
https://www.plivo.com/docs/voice/concepts/signature-validation
"""

import base64
import hmac
from collections.abc import Mapping
from hashlib import sha256
from urllib.parse import parse_qsl, urlsplit

from simulator.posts import Method


def v2(token: str, url: str, nonce: str) -> str:
    """Over the URL without its query."""
    return _hash(token, _bare(url) + nonce)


def v3(token: str, method: Method, url: str, fields: Mapping[str, str], nonce: str) -> str:
    """Over the URL, its query and the fields. Those of a GET are in the query that it is signed with."""
    query = dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
    if method == "GET":
        query, fields = {**query, **fields}, {}
    asked = "&".join(f"{name}={query[name]}" for name in sorted(query))
    posted = "".join(f"{name}{fields[name]}" for name in sorted(fields))
    rest = f"{asked}.{posted}" if asked and posted else asked or posted
    return _hash(token, f"{_bare(url)}{'?' if rest else ''}{rest}.{nonce}")


def _bare(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"


def _hash(token: str, text: str) -> str:
    return base64.b64encode(hmac.new(token.encode(), text.encode(), sha256).digest()).decode()
