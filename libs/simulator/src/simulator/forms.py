"""Forms with repeated fields, urlencoded or multipart, as `Incoming.form` for the sake of speed does not read them."""

from email import message_from_bytes, policy
from email.message import MIMEPart
from urllib.parse import parse_qsl

from simulator.wire import FORM, Incoming


def fields(request: Incoming) -> list[tuple[str, str]]:
    """In their order; of a file its name; none of what is no form."""
    kind = request.headers.get("content-type", "")
    if kind.startswith(FORM):
        return parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
    return _multipart(kind, request.body) if kind.startswith("multipart/form-data") else []


def _multipart(kind: str, body: bytes) -> list[tuple[str, str]]:
    """A form in several parts is a mail in several parts: RFC 7578."""
    head = f"Content-Type: {kind}\r\n\r\n".encode("latin-1", "replace")
    form = message_from_bytes(head + body, policy=policy.HTTP)
    return [_field(part) for part in form.iter_parts()]


def _field(part: MIMEPart) -> tuple[str, str]:
    name = str(part.get_param("name", "", header="content-disposition"))
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    return name, part.get_filename() or content.decode("utf-8", "replace")


def joined(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Each name once, its values separated by commas."""
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return {name: ", ".join(each) for name, each in values.items()}
