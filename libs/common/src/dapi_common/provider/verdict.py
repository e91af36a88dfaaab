"""From a provider's answer to an outcome: what every adapter decides alike, and the form of its error tables.

Descriptions are our own words: a vendor's texts repeat numbers and addresses."""

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from dapi_common.provider.adapter import Deferred, Outcome, Refused, Unclear
from dapi_common.provider.http import NoAnswer, NotSent, Response


class Verdict(Enum):
    """What an error means for the message. RETRY: surely not processed. AUTH: no message of the account can succeed.
    SUPPRESS: no message to this recipient can."""

    RETRY = "retry"
    PERMANENT = "permanent"
    SUPPRESS = "suppress"
    AUTH = "auth"


class Row(NamedTuple):
    """One error of a vendor's page. `wait` is the shortest sensible pause of a RETRY, in seconds."""

    verdict: Verdict
    description: str
    wait: float | None = None


ErrorTable = Mapping[str, Row]


def judge(code: str, row: Row, response: Response, reply: dict[str, object]) -> Deferred | Refused:
    """The outcome of an error that the table knows."""
    if row.verdict is Verdict.RETRY:
        return Deferred(code, row.description, response.retry_after() or row.wait)
    return Refused(
        code,
        row.description,
        reply,
        auth=row.verdict is Verdict.AUTH,
        suppress=row.verdict is Verdict.SUPPRESS,
    )


def unanswered(failure: NotSent | NoAnswer) -> Deferred | Unclear:
    """The outcome of a call without an answer."""
    if isinstance(failure, NotSent):
        return Deferred("not-sent", failure.description)
    return Unclear("no-answer", failure.description)


def by_status(response: Response) -> Outcome:
    """The outcome of an HTTP status that is no success. A 408 may concern the connection rather than the request, and
    nobody knows who redirected: neither says what became of the message."""
    status, code = response.status, f"http-{response.status}"
    if status == 429:
        return Deferred(code, "too many requests", response.retry_after())
    if status in (401, 403):
        return Refused(code, "the credentials were not accepted", response.json(), auth=True)
    if 400 <= status < 500 and status != 408:
        return Refused(code, "the request was refused", response.json())
    return Unclear(code, "the answer does not say what became of the message")
