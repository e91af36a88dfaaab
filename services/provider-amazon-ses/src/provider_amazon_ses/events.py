"""What SES tells through SNS: events of a configuration set (`eventType`), notifications of an identity
(`notificationType`), and mail that a receipt rule passes on.

Events come in any order and more than once, and one may be about several recipients: each gets a report of its own.

https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
and https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from typing import Final

from dapi_common.events.shapes import JsonObject
from dapi_common.provider.callback import Inbound, ReceiptStatus, Received, Report
from dapi_common.provider.http import json_object
from provider_amazon_ses.mail import received
from provider_amazon_ses.reasons import Reason, reason_of


@dataclass(frozen=True, slots=True)
class Kind:
    """Of event. `section` holds its details, `whose` (in it) whom it is about: entries with `emailAddress`, or
    addresses; else it is about all recipients."""

    status: ReceiptStatus | None
    section: str
    whose: str = ""


KINDS: Final[Mapping[str, Kind]] = {
    "Send": Kind("sent", "send"),
    "Delivery": Kind("delivered", "delivery", "recipients"),
    "DeliveryDelay": Kind("sent", "deliveryDelay", "delayedRecipients"),
    "Bounce": Kind("undelivered", "bounce", "bouncedRecipients"),
    "Complaint": Kind(None, "complaint", "complainedRecipients"),
    "Reject": Kind("undelivered", "reject"),
    "Rendering Failure": Kind("undelivered", "failure"),
    "Open": Kind("delivered", "open"),
    "Click": Kind("delivered", "click"),
    "Subscription": Kind(None, "subscription"),
}
_BY_ONE: Final = frozenset({"Open", "Click", "Subscription"})
"""What one recipient did, and SES does not say which."""
_REFERENCE: Final = re.compile(r"[A-Za-z0-9_-]{1,256}")


def read(text: str) -> Received:
    """The text is a notification's. Nothing comes of what is no event (SES greets a new topic with a sentence)."""
    event = json_object(text)
    name = _text(event, "eventType") or _text(event, "notificationType")
    if name == "Received":
        return Received(inbound=list(received(event)))
    kind, mail = KINDS.get(name), _object(event, "mail")
    if kind is None or not _text(mail, "messageId"):
        return Received()
    return _told(Event(name, kind, event, mail, _object(event, kind.section)))


@dataclass(frozen=True, slots=True)
class Event:
    """One event: the whole of it, and its parts."""

    name: str
    kind: Kind
    whole: JsonObject
    mail: JsonObject
    details: JsonObject

    def recipients(self) -> Sequence[str]:
        """All of the mail's."""
        return _addresses(self.mail.get("destination"))

    def about(self) -> Sequence[str]:
        """Those whom it is about; "" for one of several, nobody knows which."""
        if self.name in _BY_ONE and len(self.recipients()) != 1:
            return [""]
        named = _addresses(self.details.get(self.kind.whose)) if self.kind.whose else ()
        return named or self.recipients() or [""]


def _told(event: Event) -> Received:
    about, reason = event.about(), reason_of(event.name, event.details)
    reports = [_report(event, reason, address) for address in about]
    inbound = _sent_back(event, reason, about) if event.name in ("Bounce", "Complaint") else ()
    return Received(reports=reports, inbound=list(inbound))


def _report(event: Event, reason: Reason, address: str) -> Report:
    return Report(
        ref=_text(event.mail, "messageId"),
        event=event.name,
        status=event.kind.status if address or event.name not in _BY_ONE else None,
        reply=event.whole,
        code=reason.code,
        description=reason.description,
        part=address,
        parts=max(1, len(event.recipients())),
        is_bounce=event.name == "Bounce",
        at=_moment(event.details) or _moment(event.mail),
        suppress=address if reason.suppress else "",
        reference=_reference(event.mail),
    )


def _sent_back(event: Event, reason: Reason, about: Sequence[str]) -> Iterator[Inbound]:
    """A bounce or a complaint, as what its recipient sent back."""
    ours = parseaddr(_text(event.mail, "source"))[1]
    feedback = _text(event.details, "feedbackId") or _text(event.mail, "messageId")
    for address in filter(None, about):
        yield Inbound(
            id=f"{feedback}/{address}",
            kind="bounce" if event.name == "Bounce" else "complaint",
            channel="email",
            sender=address,
            recipient=ours,
            reply=event.whole,
            suppress=reason.suppress,
        )


def _reference(mail: JsonObject) -> str:
    """Our tag, where the event has it: identities' notifications have no tags."""
    values = _object(mail, "tags").get("dapi_ref")
    value = values[0] if isinstance(values, list) and values else ""
    return value if isinstance(value, str) and _REFERENCE.fullmatch(value) else ""


def _addresses(value: object) -> list[str]:
    """Bare, in lower case, each once."""
    entries = value if isinstance(value, list) else []
    texts = (_text(entry, "emailAddress") if isinstance(entry, dict) else entry for entry in entries)
    found = (parseaddr(text)[1] or text for text in texts if isinstance(text, str) and text)
    return list(dict.fromkeys(address.lower() for address in found))


def _moment(given: JsonObject) -> float | None:
    try:
        moment = datetime.fromisoformat(_text(given, "timestamp"))
    except ValueError:
        return None
    return moment.timestamp() if moment.tzinfo else None


def _object(given: JsonObject, name: str) -> JsonObject:
    value = given.get(name)
    return value if isinstance(value, dict) else {}


def _text(given: JsonObject, name: str) -> str:
    value = given.get(name)
    return value if isinstance(value, str) else ""
