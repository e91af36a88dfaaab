"""The messages Twilio took, and what its look-ups say of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import format_datetime
from functools import lru_cache
from itertools import islice
from typing import Literal, Self

from simulator import gsm
from simulator.provider import Submission

PAGE_SIZE = 50
LARGEST_PAGE = 1000


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

    @property
    def day(self) -> date:
        return datetime.fromtimestamp(self.at, UTC).date()


def resource(message: Message, status: Literal["queued", "sent"]) -> dict[str, object]:
    """As created (`queued`), or as looked up later (`sent`)."""
    uri = f"/2010-04-01/Accounts/{message.account}/Messages/{message.sid}"
    created = _rfc2822(int(message.at))
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
        "error_code": None,
        "error_message": None,
        "messaging_service_sid": message.service or None,
        "date_created": created,
        "date_updated": created,
        "date_sent": created if status == "sent" else None,
        "uri": f"{uri}.json",
        "subresource_uris": {"media": f"{uri}/Media.json"},
    }


@lru_cache(maxsize=16)
def _rfc2822(second: int) -> str:
    return format_datetime(datetime.fromtimestamp(second, UTC))


def _segments(body: str) -> str:
    return str(gsm.parts(body, unicode=not gsm.fits_gsm(body)))


class Messages:
    def __init__(self) -> None:
        self._by_sid: dict[str, Message] = {}
        self._by_to: dict[str, list[Message]] = {}

    def add(self, message: Message) -> None:
        self._by_sid[message.sid] = message
        self._by_to.setdefault(message.to, []).append(message)

    def find(self, account: str, sid: str) -> Message | None:
        message = self._by_sid.get(sid)
        return message if message and message.account == account else None

    def page(self, account: str, path: str, query: Mapping[str, str]) -> dict[str, object]:
        """Newest first, by `To`, `From`, `DateSent`, `DateSent>`, `DateSent<`; ValueError for a bad number or date."""
        size = min(int(query.get("PageSize", PAGE_SIZE)), LARGEST_PAGE)
        number = int(query.get("Page", 0))
        if size < 1 or number < 0:
            raise ValueError("pages count from 0 and are not empty")
        start = number * size
        found = list(islice(self._matching(account, query), start, start + size + 1))
        shown = [resource(message, "sent") for message in found[:size]]
        return {
            "messages": shown,
            "page": number,
            "page_size": size,
            "start": start,
            "end": start + max(len(shown) - 1, 0),
            "uri": f"{path}?PageSize={size}&Page={number}",
            "first_page_uri": f"{path}?PageSize={size}&Page=0",
            "next_page_uri": f"{path}?PageSize={size}&Page={number + 1}" if len(found) > size else None,
            "previous_page_uri": f"{path}?PageSize={size}&Page={number - 1}" if number else None,
        }

    def _matching(self, account: str, query: Mapping[str, str]) -> Iterator[Message]:
        days = {key: date.fromisoformat(value) for key, value in query.items() if key.startswith("DateSent")}
        to, sender = query.get("To"), query.get("From")
        candidates = self._by_sid.values() if to is None else self._by_to.get(to, [])
        for message in reversed(candidates):
            if message.account == account and sender in (None, message.sender) and _within(message.day, days):
                yield message


def _within(day: date, days: Mapping[str, date]) -> bool:
    """`DateSent>` and `DateSent<` include their day: on the wire they read `DateSent>=…`."""
    exactly, earliest, latest = (
        days.get("DateSent", day),
        days.get("DateSent>", day),
        days.get("DateSent<", day),
    )
    return exactly == day and earliest <= day <= latest
