"""What a message's receipts amount to, in whatever order and however often they come.

Each is kept under its part and what it says, the greatest of them: the first, or the one that bounced. Of each status
the first receipt is kept as it came. `delivery` reads both: a part's first final status holds, except that a bounce
turns it; the message is undelivered when any part is, delivered when all are, and sent as soon as one is either."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from api_gateway.views.documents import integer, number, packed, part, unpacked
from dapi_common.events.receipts import DeliveryReported, ReceiptStatus, ReferenceReported
from dapi_common.store.port import Document, Value

Report = DeliveryReported | ReferenceReported
Kept = Mapping[str, Value]
"""A report, as `grown` keeps it."""

_NEWS, _ACCEPTED, _SENT, _FINAL, _BOUNCED = range(5)
_RANKS: Final[Mapping[ReceiptStatus | None, int]] = {
    None: _NEWS,
    "accepted": _ACCEPTED,
    "sent": _SENT,
    "delivered": _FINAL,
    "undelivered": _FINAL,
}
_LONGEST_WORD, _LONGEST_PART, _LONGEST_TEXT = 64, 256, 500
_LARGEST_REPLY: Final = 512 * 1024
"""Of the receipts, whole, there are three at most in a document, and a store's have a largest size."""
_DAY: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Told:
    """The reports of one document. `ref`, of a part's own: what is said of all of it there, is said of this part."""

    document: Document
    ref: str = ""

    def reports(self) -> Iterator[Kept]:
        """Each with the part that it concerns."""
        kept = part(self.document, "reports")
        for key in kept:
            report = part(kept, key)
            yield {**report, "part": report["part"] or self.ref}

    def receipt(self, status: str) -> Kept:
        """The first of this status, {} when there is none."""
        return part(part(self.document, "receipts"), status)


def grown(fact: Report, attempt: int) -> dict[str, Value]:
    """What a report adds to a document: the store's `maximum`. `attempt` is 0 where it is not known."""
    rank = _BOUNCED if fact.is_bounce and fact.status == "undelivered" else _RANKS[fact.status]
    said = {"rank": rank, "minus_at": -_when(fact), "status": fact.status or "", "event": fact.event[:_LONGEST_WORD]}
    report: dict[str, Value] = {
        **said,
        "code": fact.code[:_LONGEST_WORD],
        "description": fact.description[:_LONGEST_TEXT],
        "part": fact.part[:_LONGEST_PART],
        "parts": min(fact.parts, 2**31),
        "attempt": attempt,
    }
    kept: dict[str, Value] = {f"reports.{_key(fact)}": report}
    if rank >= _SENT:
        reply = packed(fact.reply)
        kept[f"receipts.{fact.status}"] = {**said, "reply": reply if len(reply) <= _LARGEST_REPLY else "{}"}
    return kept


def delivery(told: Sequence[Told], expected: int) -> dict[str, object]:
    """`delivery` and `delivery_reply`, or nothing while nobody knows. `expected` is how many parts there are, as far
    as the message itself tells."""
    reports = [report for each in told for report in each.reports()]
    decided = {name: report["status"] for name, report in _last_words(reports).items()}
    expected = max([expected, *(integer(report, "parts") for report in reports)])
    status = _delivery(decided, expected)
    if status is None:
        return {}
    of_status = max((each.receipt(status) for each in told), key=_order)
    if not of_status:  # `sent` by the first part that is delivered
        of_status = max((each.receipt("delivered") for each in told), key=_order)
    return {"delivery": status, "delivery_reply": unpacked(of_status["reply"])}


def _last_words(reports: Sequence[Kept]) -> dict[Value, Kept]:
    """The report that decides, by part."""
    decisive: dict[Value, Kept] = {}
    for report in reports:
        if integer(report, "rank") >= _SENT:
            decisive[report["part"]] = max(report, decisive.get(report["part"], {}), key=_order)
    return decisive


def _delivery(decided: Mapping[Value, Value], expected: int) -> str | None:
    """A report on no part speaks for all of them."""
    delivered = sum(1 for status in decided.values() if status == "delivered")
    if "undelivered" in decided.values():
        return "undelivered"
    if decided.get("") == "delivered" or delivered >= expected:
        return "delivered"
    return "sent" if decided else None


def _order(kept: Kept) -> tuple[float, float, str, str, str]:
    if not kept:
        return (-1.0, 0.0, "", "", "")
    texts = (str(kept["status"]), str(kept["event"]), str(kept.get("reply", "")))
    return (number(kept, "rank"), number(kept, "minus_at"), *texts)


def _key(fact: Report) -> str:
    """Of one length and safe in a path, whatever vendors call their parts and events."""
    concerned, said = sha256(fact.part.encode()), sha256(f"{fact.status} {fact.event}".encode())
    return f"{concerned.hexdigest()[:16]}-{said.hexdigest()[:8]}"


def _when(fact: Report) -> float:
    """The vendor's time, unless it cannot be."""
    told = fact.occurred_at
    return told if told is not None and 0.0 <= told <= fact.at + _DAY else fact.at
