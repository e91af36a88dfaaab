"""What Twilio has of a send whose answer was lost. It lists the newest first, times in whole seconds.

https://www.twilio.com/docs/messaging/api/message-resource#read-multiple-message-resources
https://www.twilio.com/docs/voice/api/call-resource#read-multiple-call-resources"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import floor
from typing import Final

from dapi_common.events.shapes import JsonObject
from dapi_common.provider.adapter import Accepted, Message
from dapi_common.provider.http import Http, Response

_PAGE: Final = ("PageSize", "50")


async def find(message: Message, since: float, http: Http) -> Sequence[Accepted]:
    """Candidates, oldest first; [] where what is listed cannot be compared with the message."""
    if message.channel == "voice":
        return await _list(message, since, http, "Calls", [], lambda listed: True)
    arguments = message.arguments
    if not isinstance(arguments.get("Body"), str) or arguments.get("ContentSid") or arguments.get("ShortenUrls"):
        return []
    day = datetime.fromtimestamp(since, UTC).date().isoformat()
    return await _list(message, since, http, "Messages", [("DateSent>", day)], lambda listed: _same(arguments, listed))


async def _list(
    message: Message,
    since: float,
    http: Http,
    resource: str,
    query: list[tuple[str, str]],
    same: Callable[[JsonObject], bool],
) -> list[Accepted]:
    sid, token = message.credentials["ACCOUNT_SID"], message.credentials["AUTH_TOKEN"]
    parties = [(name, str(message.arguments[name])) for name in ("To", "From") if message.arguments.get(name)]
    path = f"/2010-04-01/Accounts/{sid}/{resource}.json"
    answer = await http.get(path, [*parties, *query, _PAGE], basic=(sid, token))
    if not isinstance(answer, Response) or answer.status != 200:
        return []
    listed = answer.json().get(resource.lower())
    found = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    dated = [(_created(each), each) for each in reversed(found) if _is_outbound(each) and same(each)]
    recent = [(created, each) for created, each in dated if created >= floor(since)]
    return [Accepted(each["sid"], each) for _, each in sorted(recent, key=lambda one: one[0])]


def _same(arguments: JsonObject, listed: JsonObject) -> bool:
    media = arguments.get("MediaUrl") or []
    count = len(media) if isinstance(media, list) else 1
    service = arguments.get("MessagingServiceSid")
    return (
        listed.get("body") == arguments["Body"]
        and str(listed.get("num_media") or 0) == str(count)
        and (not service or listed.get("messaging_service_sid") == service)
    )


def _is_outbound(listed: JsonObject) -> bool:
    sid = listed.get("sid")
    return isinstance(sid, str) and bool(sid) and str(listed.get("direction")).startswith("outbound-api")


def _created(listed: JsonObject) -> float:
    """Long ago, where it does not say."""
    try:
        return parsedate_to_datetime(str(listed.get("date_created"))).timestamp()
    except (ValueError, OverflowError):
        return 0.0
