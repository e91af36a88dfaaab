"""A message's document as clients see it."""

from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import TypeAdapter

from api_gateway.views import receipts, references
from api_gateway.views.documents import answered_times, number, part, unpacked
from api_gateway.views.receipts import Told
from dapi_common.clock import rfc3339
from dapi_common.events.shapes import Channel, JsonObject
from dapi_common.provider import catalog
from dapi_common.store.port import Document, Value

_CHANNEL: Final[TypeAdapter[Channel]] = TypeAdapter(Channel)


def recipients(provider: str, channel: Channel, arguments: JsonObject) -> list[str]:
    """Whom a message is for, as its provider's own field says; [] where it does not."""
    try:
        return catalog.recipients(provider, channel, arguments)
    except KeyError:
        return []


def answer(document: Document, by_reference: Sequence[Told]) -> dict[str, object]:
    """`by_reference`: what was reported by the vendor's ids of the message."""
    outcome, attempts = part(document, "outcome"), part(document, "attempts")
    settled = part(attempts, str(outcome["attempt"]))
    is_reply = outcome["status"] != "completed" or settled.get("outcome") == "accepted"
    arguments = unpacked(document["arguments"])
    changed = max(number(each, "updated") for each in (document, *(told.document for told in by_reference)))
    of_invoke: dict[str, object] = {key: document[key] for key in ("invoke_id", "contact_id") if key in document}
    return {
        "id": document["id"],
        "status": outcome["status"],
        "provider": document["provider"],
        "type": document["type"],
        "error-code": outcome["error"],
        "error-description": outcome["description"],
        "provider_reply": unpacked(settled.get("reply")) if is_reply else {},
        **_delivery(document, by_reference, arguments),
        "arguments": arguments,
        **of_invoke,
        "attempts": [_attempt(number, part(attempts, number)) for number in sorted(attempts, key=int)],
        **answered_times(-number(document, "minus_created"), changed),
    }


def _delivery(document: Document, by_reference: Sequence[Told], arguments: JsonObject) -> dict[str, object]:
    if not by_reference and "reports" not in document:
        return {}
    to = recipients(str(document["provider"]), _CHANNEL.validate_python(document["type"]), arguments)
    expected = max(len(references.refs(document)), len(set(to)))
    return receipts.delivery([Told(document), *by_reference], expected)


def _attempt(number: str, entry: Mapping[str, Value]) -> dict[str, object]:
    at = entry["at"]
    assert isinstance(at, float)
    return {
        "attempt": number,
        "at": rfc3339(at),
        "outcome": entry["outcome"],
        "error-code": entry["code"],
        "error-description": entry["description"],
    }
