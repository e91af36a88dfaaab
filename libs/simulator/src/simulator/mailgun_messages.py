"""The messages Mailgun took, and the events of each of their recipients, as its events API lists them.

https://documentation.mailgun.com/docs/mailgun/user-manual/events/events
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from itertools import islice
from math import inf
from typing import Self

import orjson

from simulator.mailboxes import addresses, domain_of
from simulator.provider import Submission

PAGE_SIZE = 100
LARGEST_PAGE = 300

Event = dict[str, object]


@dataclass(frozen=True, slots=True)
class Message:
    """`id` is without the `<>` that the answer to the send has around it."""

    id: str
    domain: str
    sender: str
    recipients: tuple[str, ...]
    subject: str
    variables: dict[str, object]
    tags: tuple[str, ...]
    size: int
    is_test: bool
    at: float

    @classmethod
    def of(cls, submission: Submission, seq: int, at: float) -> Self:
        fields = submission.fields
        return cls(
            id=f"20260102030405.{seq}.{seq:016X}@{submission.account}",
            domain=submission.account,
            sender=fields["from"],
            recipients=recipients(fields),
            subject=fields.get("subject", ""),
            variables={name[2:]: _variable(value) for name, value in fields.items() if name.startswith("v:")},
            tags=tuple(tag for tag in fields.get("o:tag", "").split(", ") if tag),
            size=len(fields.get("text", "")) + len(fields.get("html", "")),
            is_test=fields.get("o:testmode") in ("yes", "true"),
            at=at,
        )

    @property
    def flags(self) -> dict[str, bool]:
        return {
            "is-authenticated": True,
            "is-routed": False,
            "is-system-test": False,
            "is-test-mode": self.is_test,
        }

    def event(self, name: str, recipient: str, at: float, n: int = 0) -> Event:
        """What every event of the message says, whatever happened. `n` tells repeated ones apart."""
        return {
            "event": name,
            "id": f"{self.id.split('.')[1]}-{self.recipients.index(recipient)}-{name}-{n}",
            "timestamp": at,
            "log-level": "info",
            "recipient": recipient,
            "recipient-domain": domain_of(recipient),
            "tags": list(self.tags),
            "campaigns": [],
            "user-variables": self.variables,
            "flags": self.flags,
            "message": {
                "headers": {"message-id": self.id, "to": recipient, "from": self.sender, "subject": self.subject},
                "attachments": [],
                "size": self.size,
            },
        }


def recipients(fields: Mapping[str, str]) -> tuple[str, ...]:
    """Each once, whether it is in `to`, `cc` or `bcc`."""
    everybody = [address for name in ("to", "cc", "bcc") if fields.get(name) for address in addresses(fields[name])]
    return tuple(dict.fromkeys(everybody))


def _variable(value: str) -> object:
    """A variable may be JSON, and is given back as such."""
    if value.startswith(("{", "[")):
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            return value
    return value


class Messages:
    def __init__(self) -> None:
        self._by_id: dict[str, Message] = {}
        self._by_recipient: dict[str, list[Message]] = {}
        self._events: dict[str, list[Event]] = {}

    def add(self, message: Message) -> None:
        self._by_id[message.id] = message
        for recipient in message.recipients:
            self._by_recipient.setdefault(recipient, []).append(message)

    def note(self, message_id: str, event: Event) -> None:
        """What happened after `accepted`, which every message is for each of its recipients."""
        self._events.setdefault(message_id, []).append(event)

    def find(self, message_id: str) -> Message | None:
        return self._by_id.get(message_id.strip("<>"))

    def last_to(self, recipient: str, domain: str, at: float) -> Message:
        """The domain's last message to them; one that was never sent where there is none."""
        known = (message for message in reversed(self._by_recipient.get(recipient, [])) if message.domain == domain)
        return next(known, _never_sent(recipient, domain, at))

    def page(self, domain: str, query: Mapping[str, str]) -> list[Event]:
        """The newest first, or the oldest after a `begin` without `end`; ValueError for a bad number or date."""
        limit = int(query.get("limit", PAGE_SIZE))
        if not 1 <= limit <= LARGEST_PAGE:
            raise ValueError("a page has 1 to 300 events")
        begin, end = _seconds(query.get("begin")), _seconds(query.get("end"))
        is_ascending = _is_ascending(query, begin, end)
        earliest, latest = _range(begin, end, is_ascending=is_ascending)
        found = [event for event in self._matching(domain, query) if earliest <= _time(event) <= latest]
        found.sort(key=_time, reverse=not is_ascending)
        return list(islice(found, limit))

    def _matching(self, domain: str, query: Mapping[str, str]) -> Iterator[Event]:
        for message in self._candidates(query):
            if message.domain == domain:
                accepted = (message.event("accepted", each, message.at) for each in message.recipients)
                for event in (*accepted, *self._events.get(message.id, ())):
                    if _is(event, query, "event") and _is(event, query, "recipient"):
                        yield event

    def _candidates(self, query: Mapping[str, str]) -> Sequence[Message]:
        if "message-id" in query:
            message = self.find(query["message-id"])
            return [message] if message else []
        if "recipient" in query:
            return self._by_recipient.get(query["recipient"], [])
        return list(self._by_id.values())


def _is(event: Event, query: Mapping[str, str], name: str) -> bool:
    return query.get(name, event[name]) == event[name]


def _never_sent(recipient: str, domain: str, at: float) -> Message:
    message_id = f"20260102030405.0.{0:016X}@{domain}"
    return Message(message_id, domain, f"news@{domain}", (recipient,), "Hi", {}, (), 2, is_test=False, at=at)


def _is_ascending(query: Mapping[str, str], begin: float | None, end: float | None) -> bool:
    """As asked; else as the range runs; without an end `begin` needs the direction, and a look-up means forward."""
    if "ascending" in query:
        return query["ascending"] in ("yes", "true")
    return begin is not None and (end is None or begin <= end)


def _seconds(text: str | None) -> float | None:
    """An RFC 2822 date, or seconds since the epoch."""
    if text is None:
        return None
    return float(text) if text.replace(".", "", 1).isdecimal() else parsedate_to_datetime(text).timestamp()


def _range(begin: float | None, end: float | None, *, is_ascending: bool) -> tuple[float, float]:
    """A `begin` without an end is where the search starts from, whichever way it goes."""
    if begin is None:
        return 0.0, inf if end is None else end
    if end is None:
        return (begin, inf) if is_ascending else (0.0, begin)
    return min(begin, end), max(begin, end)


def _time(event: Event) -> float:
    at = event["timestamp"]
    assert isinstance(at, float | int)
    return at
