"""Mailgun. 200 with the mail's id, or an HTTP error with a text, which no adapter should read and this one has to.

https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/messages; what it tells us on its own is in
`callbacks`. Webhooks and routes are configured at Mailgun for a domain, with the account's URL: a mail has none."""

import re
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import ClassVar, Final

from dapi_common.events.shapes import Channel, JsonObject
from dapi_common.provider.adapter import Accepted, Message, Outcome, Unclear
from dapi_common.provider.callback import Callback, Received, Rejected
from dapi_common.provider.documented import MailgunKeys
from dapi_common.provider.http import Http, Response
from dapi_common.provider.verdict import ErrorTable, Row, Verdict, by_status, judge, unanswered
from provider_mailgun import callbacks
from provider_mailgun.addresses import first
from provider_mailgun.arguments import ID_VARIABLE, REFERENCE_VARIABLE, Email, form

HOSTS: Final[Mapping[str, str]] = {"us": "https://api.mailgun.net", "eu": "https://api.eu.mailgun.net"}
"""A domain exists in one of them only."""
# https://documentation.mailgun.com/docs/mailgun/api-reference/mailgun-errors: by HTTP status; a 400 has two meanings.
ERRORS: ErrorTable = {
    "http-400": Row(Verdict.PERMANENT, "a parameter is missing or invalid"),
    "not-allowed": Row(Verdict.AUTH, "the domain is not allowed to send"),
    "http-401": Row(Verdict.AUTH, "the key is invalid, or of another region"),
    "http-402": Row(Verdict.PERMANENT, "the request failed though it was valid"),
    "http-403": Row(Verdict.AUTH, "the account may not send this much, or not from here"),
    "http-404": Row(Verdict.AUTH, "no such domain in this region"),
    "http-413": Row(Verdict.PERMANENT, "the mail is too large"),
    "http-429": Row(Verdict.RETRY, "a limit of the account is exceeded"),
}
_AGAIN = re.compile(r"try again after ([\w, :+-]{1,60})", re.ASCII | re.IGNORECASE)
_LOOKED_AT = 50
"""Events of a look-up: what surely fits into one answer that is read."""


class Mailgun:
    """The adapter."""

    name: ClassVar[str] = "mailgun"
    recipient: ClassVar[Mapping[Channel, str]] = {"email": "to"}
    copies: ClassVar[Mapping[Channel, Sequence[str]]] = {"email": ("cc", "bcc")}
    arguments: ClassVar[Mapping[Channel, type[Email]]] = {"email": Email}
    credentials: ClassVar[type[MailgunKeys]] = MailgunKeys

    @staticmethod
    def url(credentials: Mapping[str, str]) -> str:
        """By region; the US where none is given."""
        return HOSTS[credentials.get("REGION", "us")]

    async def send(self, message: Message, http: Http) -> Outcome:
        """One call to the provider, one truthful answer."""
        answer = await http.post_form(
            f"/v3/{message.credentials['DOMAIN_NAME']}/messages",
            [*form(message.arguments), *_variables(message)],
            basic=("api", message.credentials["API_KEY"]),
        )
        if not isinstance(answer, Response):
            return unanswered(answer)
        return _read(answer) if 200 <= answer.status < 300 else _refusal(answer)

    async def lookup(self, message: Message, since: float, http: Http) -> Sequence[Accepted]:
        """By the variables that the mail carries. A domain sending key may send and not ask: it finds nothing."""
        answer = await http.get(
            f"/v3/{message.credentials['DOMAIN_NAME']}/events",
            [
                ("begin", str(int(since))),
                ("ascending", "yes"),
                ("limit", str(_LOOKED_AT)),
                ("recipient", first(message.arguments.get("to"))),
            ],
            basic=("api", message.credentials["API_KEY"]),
        )
        items = answer.json().get("items") if isinstance(answer, Response) and answer.status == 200 else None
        found: dict[str, Accepted] = {}
        for item in items if isinstance(items, list) else ():
            if _is_of(message, item) and (ref := _ref(item)):
                found.setdefault(ref, Accepted(ref, item))
        return list(found.values())

    async def receive(self, callback: Callback, http: Http) -> Received | Rejected:
        """An event of one recipient of a mail, or a mail that somebody sent."""
        return callbacks.read(callback)


def _variables(message: Message) -> list[tuple[str, str]]:
    """They come back in events, which have one URL for a whole account."""
    reference = message.hooks.reference
    return [(ID_VARIABLE, message.id), *([(REFERENCE_VARIABLE, reference)] if reference else [])]


def _read(answer: Response) -> Outcome:
    """Events carry the id without its brackets."""
    reply = answer.json()
    given = reply.get("id")
    ref = given.strip().strip("<>") if isinstance(given, str) else ""
    return Accepted(ref, reply) if ref else Unclear("no-id", "the answer does not say what became of the message")


def _refusal(answer: Response) -> Outcome:
    reply = answer.json()
    text, code = str(reply.get("message", "")), f"http-{answer.status}"
    if answer.status == 400 and "not allowed to send" in text.lower():
        code = "not-allowed"
    row = ERRORS.get(code)
    if row is None:
        return by_status(answer)
    return judge(code, row._replace(wait=_until(text, answer)), answer, reply)


def _until(text: str, answer: Response) -> float | None:
    """Seconds from the answer's own `Date` to the moment in the text, where both are there."""
    found = _AGAIN.search(text)
    try:
        wait = parsedate_to_datetime(found[1] if found else "") - parsedate_to_datetime(answer.headers.get("date", ""))
    except (TypeError, ValueError, OverflowError):
        return None
    return max(0.0, wait.total_seconds())


def _is_of(message: Message, item: object) -> bool:
    """A rejected mail was never taken. The reference is the more exact of the two."""
    variables = item.get("user-variables") if isinstance(item, dict) and item.get("event") != "rejected" else None
    if not isinstance(variables, dict):
        return False
    told, ours = variables.get(REFERENCE_VARIABLE[2:]), message.hooks.reference
    return bool(told == ours) if told and ours else bool(variables.get(ID_VARIABLE[2:]) == message.id)


def _ref(item: JsonObject) -> str:
    within: object = item
    for name in ("message", "headers", "message-id"):
        within = within.get(name) if isinstance(within, dict) else None
    return within.strip("<>") if isinstance(within, str) else ""
