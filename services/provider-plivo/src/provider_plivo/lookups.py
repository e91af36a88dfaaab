"""What Plivo has of a message whose answer was lost. It lists the newest first and tells neither the text nor anything
of ours, so all that it has between these numbers since then may be the message. Calls are listed by another id than
the answer's, so one that is unclear stays so.

https://www.plivo.com/docs/messaging/api/message/list-all-messages"""

from collections.abc import Sequence
from datetime import UTC, datetime
from math import floor
from typing import Final

from dapi_common.events.shapes import JsonObject
from dapi_common.provider.adapter import Accepted, Message
from dapi_common.provider.http import Http, Response
from provider_plivo.requests import digits

_PAGE: Final = ("limit", "20")
"""The most that Plivo lists at once."""


async def find(message: Message, since: float, http: Http) -> Sequence[Accepted]:
    """Candidates, oldest first."""
    if message.channel == "voice":
        return []
    user, recipient, sender = message.credentials["AUTH_ID"], digits(message.arguments["dst"]), _sender(message)
    query = [
        ("to_number", recipient),
        *([("from_number", sender)] if sender else []),
        ("message_time__gte", datetime.fromtimestamp(floor(since), UTC).strftime("%Y-%m-%d %H:%M:%S")),
        _PAGE,
    ]
    path = f"/v1/Account/{user}/Message/"
    answer = await http.get(path, query, basic=(user, message.credentials["AUTH_TOKEN"]))
    if not isinstance(answer, Response) or answer.status != 200:
        return []
    listed = answer.json().get("objects")
    found = [each for each in reversed(listed) if isinstance(each, dict)] if isinstance(listed, list) else []
    dated = [(_time(each), each) for each in found if _fits(each, recipient, sender)]
    recent = sorted(((at, each) for at, each in dated if at >= floor(since)), key=lambda one: one[0])
    return [Accepted(str(each["message_uuid"]), each) for _, each in recent]


def _sender(message: Message) -> str:
    """A number of a powerpack is any of many."""
    return digits(message.arguments.get("src") or "")


def _fits(listed: JsonObject, recipient: str, sender: str) -> bool:
    uuid = listed.get("message_uuid")
    return (
        isinstance(uuid, str)
        and bool(uuid)
        and listed.get("message_direction") == "outbound"
        and digits(listed.get("to_number")) == recipient
        and (not sender or digits(listed.get("from_number")) == sender)
    )


def _time(listed: JsonObject) -> float:
    """Long ago, where it does not say."""
    try:
        at = datetime.fromisoformat(str(listed.get("message_time")))
    except ValueError:
        return 0.0
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
