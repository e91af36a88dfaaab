"""The calls Twilio took, and what its look-ups say of them: https://www.twilio.com/docs/voice/api/call-resource"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from simulator.twilio_pages import between, page, rfc2822

RANKS = {"queued": 0, "initiated": 0, "ringing": 1, "in-progress": 2}
"""How far a call is; every other word is its end."""
END = 3
SECONDS = 12
"""How long every completed call lasts."""


@dataclass(slots=True)
class Call:
    """`status` and `is_connected` change as its events come. `fields` are its parameters."""

    sid: str
    account: str
    at: float
    fields: Mapping[str, str] = field(repr=False)
    status: str = "queued"
    is_connected: bool = False

    def note(self, status: str) -> None:
        """It never goes back."""
        if RANKS.get(status, END) > RANKS.get(self.status, END):
            self.status = status


def resource(call: Call) -> dict[str, object]:
    uri = f"/2010-04-01/Accounts/{call.account}/Calls/{call.sid}"
    created = rfc2822(int(call.at))
    is_over, is_begun = RANKS.get(call.status, END) == END, RANKS.get(call.status, END) >= RANKS["in-progress"]
    return {
        "sid": call.sid,
        "account_sid": call.account,
        "api_version": "2010-04-01",
        "to": call.fields["To"],
        "to_formatted": call.fields["To"],
        "from": call.fields["From"],
        "from_formatted": call.fields["From"],
        "status": call.status,
        "direction": "outbound-api",
        "queue_time": "0",
        "duration": (str(SECONDS) if call.status == "completed" else "0") if is_over else None,
        "price": None,
        "price_unit": "USD",
        "start_time": created if is_begun else None,
        "end_time": created if is_over else None,
        "answered_by": None,
        "caller_name": None,
        "forwarded_from": None,
        "group_sid": None,
        "parent_call_sid": None,
        "phone_number_sid": "",
        "trunk_sid": None,
        "annotation": None,
        "date_created": created,
        "date_updated": created,
        "uri": f"{uri}.json",
        "subresource_uris": {"recordings": f"{uri}/Recordings.json", "notifications": f"{uri}/Notifications.json"},
    }


class Calls:
    def __init__(self) -> None:
        self._by_sid: dict[str, Call] = {}

    def add(self, call: Call) -> None:
        self._by_sid[call.sid] = call

    def find(self, account: str, sid: str) -> Call | None:
        call = self._by_sid.get(sid)
        return call if call and call.account == account else None

    def page(self, account: str, path: str, query: Mapping[str, str]) -> dict[str, object]:
        """Newest first, by `To`, `From`, `Status`, `StartTime`, `StartTime>`, `StartTime<` (when it was created, as
        every call here begins at once); ValueError for a bad number or date."""
        return page("calls", path, query, self._matching(account, query), resource)

    def _matching(self, account: str, query: Mapping[str, str]) -> Iterator[Call]:
        earliest, latest = between("StartTime", query)
        for call in reversed(self._by_sid.values()):
            if call.account == account and earliest <= call.at <= latest and _fits(call, query):
                yield call


def _fits(call: Call, query: Mapping[str, str]) -> bool:
    shown = {"To": call.fields["To"], "From": call.fields["From"], "Status": call.status}
    return all(query.get(name, value) == value for name, value in shown.items())
