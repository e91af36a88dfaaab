"""The messages Twilio took, and what its look-ups say of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from simulator import gsm
from simulator.provider import Submission
from simulator.twilio_pages import between, page, rfc2822

FINAL = frozenset({"delivered", "undelivered", "failed", "canceled", "read"})


@dataclass(frozen=True, slots=True)
class Message:
    sid: str
    account: str
    to: str
    sender: str
    service: str
    body: str
    media: str
    scheduled: bool
    at: float

    @classmethod
    def of(cls, submission: Submission, seq: int, at: float) -> Self:
        fields = submission.fields
        return cls(
            sid=f"{'MM' if fields['NumMedia'] != '0' else 'SM'}{seq:032x}",
            account=submission.account,
            to=submission.to,
            sender=submission.sender,
            service=fields.get("MessagingServiceSid", ""),
            body=fields.get("Body", ""),
            media=fields["NumMedia"],
            scheduled=fields.get("ScheduleType") == "fixed",
            at=at,
        )


def resource(message: Message, status: str, code: str = "") -> dict[str, object]:
    """As created (`queued`), or as looked up later. `code` is why it failed."""
    uri = f"/2010-04-01/Accounts/{message.account}/Messages/{message.sid}"
    created = rfc2822(int(message.at))
    waiting = status == "queued" and message.service != ""
    return {
        "sid": message.sid,
        "account_sid": message.account,
        "api_version": "2010-04-01",
        "body": message.body,
        "from": message.sender or None,
        "to": message.to,
        "status": ("scheduled" if message.scheduled else "accepted") if waiting else status,
        "direction": "outbound-api",
        "num_segments": "0" if waiting else _segments(message.body),
        "num_media": message.media,
        "price": None,
        "price_unit": "USD",
        "error_code": int(code) if code.isdecimal() else None,
        "error_message": None,
        "messaging_service_sid": message.service or None,
        "date_created": created,
        "date_updated": created,
        "date_sent": None if status == "queued" else created,
        "uri": f"{uri}.json",
        "subresource_uris": {"media": f"{uri}/Media.json"},
    }


def _segments(body: str) -> str:
    return str(gsm.parts(body, unicode=not gsm.fits_gsm(body)))


class Messages:
    """A message that nothing has been said of is `sent`."""

    def __init__(self) -> None:
        self._by_sid: dict[str, Message] = {}
        self._by_to: dict[str, list[Message]] = {}
        self._news: dict[str, tuple[str, str]] = {}

    def add(self, message: Message) -> None:
        self._by_sid[message.sid] = message
        self._by_to.setdefault(message.to, []).append(message)

    def note(self, sid: str, status: str, code: str) -> None:
        """What has become of it, unless that is settled already."""
        if self._news.get(sid, ("", ""))[0] not in FINAL:
            self._news[sid] = (status, code)

    def shown(self, message: Message) -> dict[str, object]:
        return resource(message, *self._news.get(message.sid, ("sent", "")))

    def find(self, account: str, sid: str) -> Message | None:
        message = self._by_sid.get(sid)
        return message if message and message.account == account else None

    def page(self, account: str, path: str, query: Mapping[str, str]) -> dict[str, object]:
        """Newest first, by `To`, `From`, `DateSent`, `DateSent>`, `DateSent<`; ValueError for a bad number or date."""
        return page("messages", path, query, self._matching(account, query), self.shown)

    def _matching(self, account: str, query: Mapping[str, str]) -> Iterator[Message]:
        earliest, latest = between("DateSent", query)
        to, sender = query.get("To"), query.get("From")
        candidates = self._by_sid.values() if to is None else self._by_to.get(to, [])
        for message in reversed(candidates):
            if message.account == account and sender in (None, message.sender) and earliest <= message.at <= latest:
                yield message
