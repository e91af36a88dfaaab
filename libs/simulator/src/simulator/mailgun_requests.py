"""The parameters of a message, and what Mailgun holds against them.

https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/messages
"""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime

import orjson

from simulator.mailboxes import addresses
from simulator.mailgun_messages import recipients

LARGEST_MESSAGE = 25 * 1024**2
LARGEST_OPTIONS = 16 * 1024
MOST_RECIPIENTS = 1000
FURTHEST = 3 * 86_400.0
"""Seconds that `o:deliverytime` may lie ahead."""
_CONTENT = ("text", "html", "amp-html", "template")
_FLAGS = (
    "o:testmode",
    "o:tracking",
    "o:tracking-opens",
    "o:dkim",
    "o:require-tls",
    "o:skip-verification",
)


def problem_of(form: Mapping[str, str], size: int, now: float) -> str:
    """The code of the first; empty when there is none. `size` is the whole request's."""
    if size > LARGEST_MESSAGE:
        return "413"
    return _missing(form) or _invalid(form) or _options_problem(form, now)


def _missing(form: Mapping[str, str]) -> str:
    for name in ("from", "to", "subject"):
        if not form.get(name):
            return f"400-{name}"
    return "" if any(form.get(name) for name in _CONTENT) else "400-content"


def _invalid(form: Mapping[str, str]) -> str:
    if len(addresses(form["from"])) != 1:
        return "400-sender"
    if any(form.get(name) and not addresses(form[name]) for name in ("to", "cc", "bcc")):
        return "400"
    if len(recipients(form)) > MOST_RECIPIENTS:
        return "400-recipients"
    if form.get("html") and form.get("template"):
        return "400-template"
    return "" if _is_json(form.get("recipient-variables", "{}")) else "400-variables"


def _options_problem(form: Mapping[str, str], now: float) -> str:
    options = {name: value for name, value in form.items() if name[:2] in ("o:", "h:", "v:", "t:")}
    if sum(len(name) + len(value.encode()) for name, value in options.items()) > LARGEST_OPTIONS:
        return "400-options"
    if any(options.get(name, "yes") not in ("yes", "no", "true", "false") for name in _FLAGS):
        return "400-flag"
    return "" if _is_soon(options.get("o:deliverytime"), now) else "400-date"


def _is_soon(date: str | None, now: float) -> bool:
    try:
        return date is None or parsedate_to_datetime(date).timestamp() <= now + FURTHEST
    except ValueError:
        return False


def _is_json(text: str) -> bool:
    try:
        return isinstance(orjson.loads(text), dict)
    except orjson.JSONDecodeError:
        return False
