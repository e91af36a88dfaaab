"""Mail that people sent to an address of the account's, as a receipt rule of SES passes it on (whole, up to 150 KB).

https://docs.aws.amazon.com/ses/latest/dg/receiving-email-notifications-contents.html"""

import re
from base64 import b64decode
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from email.utils import parseaddr
from typing import Final

from dapi_common.events.shapes import JsonObject
from dapi_common.provider.callback import Inbound

_LARGEST: Final = 100 * 1024
"""So much of a mail is looked through for its text."""
_LONGEST_TEXT: Final = 64 * 1024
_UTF8: Final = "utf-8"
# Anybody may send anything here. The parser's time grows with lines times nested parts, and with the square of a
# header's parameters: what no mail program writes is not parsed.
_DEEPEST: Final = 8
_MOST_DELIMITERS: Final = 500
_LONGEST_HEADER: Final = 2000
_CONTENT_HEADER: Final = re.compile(rb"^content-[a-z-]+:(.*(?:\n[ \t].*)*)", re.IGNORECASE | re.MULTILINE)
_NESTED: Final = (b"multipart", b"message")


def received(event: JsonObject) -> Iterator[Inbound]:
    """One for each of our addresses that it came to."""
    mail, receipt = event.get("mail"), event.get("receipt")
    mail, receipt = mail if isinstance(mail, dict) else {}, receipt if isinstance(receipt, dict) else {}
    message_id, source = mail.get("messageId"), mail.get("source")
    ours = receipt.get("recipients") or mail.get("destination")
    if not isinstance(message_id, str) or not isinstance(source, str) or not isinstance(ours, list):
        return
    text = text_of(_mime(event.get("content"), receipt.get("action")))
    for address in dict.fromkeys(each for each in ours if isinstance(each, str)):
        yield Inbound(
            id=f"{message_id}/{address}",
            kind="message",
            channel="email",
            sender=(parseaddr(source)[1] or source).lower(),
            recipient=address,
            reply=event,
            text=text,
        )


def text_of(mime: bytes) -> str:
    """The first plain text of a mail, "" without one. What its charset does not know is replaced."""
    mime = mime.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if not _is_sane(mime):
        return ""
    try:
        parts = [part for part in message_from_bytes(mime).walk() if _is_text(part)]
    except (ValueError, LookupError, RecursionError):
        return ""
    return _decoded(parts[0])[:_LONGEST_TEXT] if parts else ""


def _is_sane(mime: bytes) -> bool:
    headers: list[bytes] = _CONTENT_HEADER.findall(mime)
    depth = sum(header.strip().lower().startswith(_NESTED) for header in headers)
    if depth > _DEEPEST or mime.count(b"\n--") > _MOST_DELIMITERS:
        return False
    return all(len(header) <= _LONGEST_HEADER for header in headers)


def _is_text(part: Message) -> bool:
    return part.get_content_type() == "text/plain" and part.get_content_disposition() != "attachment"


def _decoded(part: Message) -> str:
    content = part.get_payload(decode=True)
    octets = content if isinstance(content, bytes) else b""
    try:
        return octets.decode(part.get_content_charset(_UTF8), "replace")
    except (LookupError, ValueError):
        return octets.decode(_UTF8, "replace")


def _mime(content: object, action: object) -> bytes:
    """A rule's action may have it in base64."""
    if not isinstance(content, str):
        return b""
    octets = content.encode()[: 2 * _LARGEST]
    if isinstance(action, dict) and action.get("encoding") == "BASE64":
        try:
            octets = b64decode(octets)
        except ValueError:
            return b""
    return octets[:_LARGEST]
