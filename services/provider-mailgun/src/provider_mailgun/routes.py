"""Mail that somebody sent: what a route's `forward("https://…")` posts.

https://documentation.mailgun.com/docs/mailgun/user-manual/receive-forward-store/receive-http"""

from collections.abc import Iterator, Mapping
from email.message import Message
from email.parser import BytesParser
from typing import Final

import orjson

from dapi_common.provider.callback import Callback, Inbound, Received
from provider_mailgun.addresses import first

_LONGEST_TEXT: Final = 64 * 1024
_LARGEST_REPLY: Final = 512 * 1024
_MOST_FIELDS: Final = 1000
_LONGEST_HEAD: Final = 8 * 1024
_PROOFS: Final = {"timestamp", "token", "signature"}
"""They cover no body: nobody who reads a reply should be able to post another mail with them."""


def fields(callback: Callback) -> dict[str, str]:
    """The texts of a form, urlencoded or multipart; attachments are left out. {} when it is neither."""
    if callback.content_type() != "multipart/form-data":
        return dict(callback.form())
    boundary = _head(f"Content-Type: {callback.headers['content-type']}".encode("utf-8", "replace")).get_param(
        "boundary"
    )
    return dict(_texts(callback.body, boundary.encode("utf-8", "replace"))) if isinstance(boundary, str) else {}


def received(given: Mapping[str, str]) -> Received:
    """A mail has a sender and a recipient; a bounce's sender is empty on its way, and stands in the mail itself."""
    sender, recipient = given.get("sender") or first(given.get("from")), given.get("recipient", "")
    if not sender or not recipient:
        return Received()
    mail = Inbound(
        id=f"{_message_id(given)} {sender} {recipient}",
        kind="message",
        channel="email",
        sender=sender,
        recipient=recipient,
        reply=dict(_kept(given)),
        text=_cut(given.get("stripped-text") or given.get("body-plain", "")),
    )
    return Received(inbound=[mail])


def _texts(body: bytes, boundary: bytes) -> Iterator[tuple[str, str]]:
    """A boundary occurs in no part (RFC 2046, 5.1.1): splitting takes time in proportion to the body, whatever is in
    it. Only the parts' own headers are parsed, because a parser of whole mails would descend into attachments."""
    for part in (b"\r\n" + body).split(b"\r\n--" + boundary, _MOST_FIELDS)[1:]:
        if part.startswith(b"--"):
            return
        head, blank, content = part.partition(b"\r\n\r\n")
        headers = _head(head[:_LONGEST_HEAD].lstrip())
        name, file = (headers.get_param(key, header="content-disposition") for key in ("name", "filename"))
        if blank and isinstance(name, str) and file is None:
            yield name, content.decode("utf-8", "replace")


def _head(lines: bytes) -> "Message[str, str]":
    return BytesParser().parsebytes(lines + b"\r\n\r\n", headersonly=True)


def _message_id(given: Mapping[str, str]) -> str:
    """The same each time that Mailgun posts the mail; where the mail has none, the post's token."""
    if "Message-Id" in given:
        return given["Message-Id"]
    try:
        pairs = orjson.loads(given.get("message-headers", ""))
        headers = {str(name).lower(): str(value) for name, value in pairs}
    except (TypeError, ValueError, RecursionError):
        headers = {}
    return headers.get("message-id") or given.get("token", "")


def _kept(given: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The fields as they came, long ones cut, until there is too much of them."""
    room = _LARGEST_REPLY
    for name, value in given.items():
        text = _cut(value)
        room -= len(text.encode())
        if name not in _PROOFS and room > 0:
            yield name, text


def _cut(text: str) -> str:
    return text.encode()[:_LONGEST_TEXT].decode("utf-8", "ignore")
