"""Amazon SES, API v2: https://docs.aws.amazon.com/ses/latest/APIReference-V2/Welcome.html"""

import time
from collections.abc import Callable, Sequence

import orjson
from aiohttp import web
from pydantic import ValidationError

from simulator import ses_webhooks
from simulator.accounts import Account, Accounts
from simulator.answers import answered, read
from simulator.aws_gate import EXPLANATIONS, Gate
from simulator.aws_signature import Problem
from simulator.mailboxes import addresses
from simulator.posts import Post
from simulator.provider import Acceptance, Refusal, Submission, Taken
from simulator.receipts import InboundPlan, ReceiptPlan
from simulator.ses_errors import THROTTLED, error
from simulator.ses_mailboxes import plans_of
from simulator.ses_requests import LARGEST_MESSAGE, Email
from simulator.sns_topics import REDELIVERY, Topics
from simulator.wire import Incoming, Reply, json_reply

_PROBLEMS: dict[Problem, str] = {
    "missing": "MissingAuthenticationTokenException",
    "incomplete": "IncompleteSignatureException",
    "unknown-key": "UnrecognizedClientException",
    "expired": "SignatureDoesNotMatch",
    "scope": "SignatureDoesNotMatch",
    "mismatch": "SignatureDoesNotMatch",
}
_SEND = "/v2/email/outbound-emails"
MOST_IN_A_DAY = 50_000.0
MOST_IN_A_SECOND = 14.0


class AmazonSes:
    """`extra` of an account: `region`, where it signs for that one alone; and what `Topics` reads."""

    name = "amazon-ses"
    redelivery = REDELIVERY

    def __init__(self, accounts: Accounts, topics: Topics, clock: Callable[[], float] = time.time) -> None:
        self._accounts = accounts
        self._topics = topics
        self._gate = Gate(accounts, "amazon-ses", "ses", clock)
        self._sent = 0

    def sends(self, path: str) -> bool:
        return path == _SEND

    def read(self, request: Incoming) -> Submission | Refusal:
        entered = self._gate.enter(request)
        to, sender = _glimpse(request.body)
        if isinstance(entered, str):
            return Refusal(error(_PROBLEMS[entered], EXPLANATIONS[entered]), to=to, sender=sender, channel="email")
        email = _email(request.body)
        if isinstance(email, Reply):
            return Refusal(email, to=to, sender=sender, channel="email")
        account, _ = entered
        self._topics.reached(account, request.headers["host"])
        everybody = email.Destination.everybody
        fields = {"body": request.body.decode(), "recipients": str(len(everybody))}
        return Submission(account.user, to, sender, _reference(email), fields, "email", plans_of(everybody))

    def accept(self, submission: Submission, seq: int, at: float) -> Acceptance:
        self._sent += int(submission.fields["recipients"])
        message_id = f"0102{seq:012x}-00000000-0000-4000-8000-{seq:012x}-000000"
        return Acceptance(message_id, json_reply(200, {"MessageId": message_id}))

    def refuse(self, code: str) -> Refusal:
        return Refusal(error(code), throttled=code in THROTTLED, channel="email")

    def throttle(self) -> Reply:
        return error("TooManyRequestsException")

    def failure(self, status: int) -> Reply:
        return error("InternalFailure", status=status)

    def receipts(self, taken: Taken, plan: ReceiptPlan, number: int, at: float) -> Sequence[Post]:
        account = self._accounts.find("amazon-ses", taken.submission.account)
        return ses_webhooks.receipts(self._topics, account, taken, plan, number, at) if account else ()

    def inbound(self, account: Account, plan: InboundPlan, number: int, at: float) -> Sequence[Post]:
        return ses_webhooks.inbound(self._topics, account, plan, number, at)

    def clear(self) -> None:
        self._sent = 0

    def lookups(self) -> Sequence[web.RouteDef]:
        return (web.get("/v2/email/account", self._account),)

    async def _account(self, request: web.Request) -> web.Response:
        entered = self._gate.enter(await read(request))
        if isinstance(entered, str):
            return answered(error(_PROBLEMS[entered], EXPLANATIONS[entered]))
        quota = {
            "Max24HourSend": MOST_IN_A_DAY,
            "MaxSendRate": MOST_IN_A_SECOND,
            "SentLast24Hours": float(self._sent),
        }
        state = {"ProductionAccessEnabled": True, "SendingEnabled": True, "EnforcementStatus": "HEALTHY"}
        return answered(json_reply(200, {"DedicatedIpAutoWarmupEnabled": False, "SendQuota": quota, **state}))


def _email(body: bytes) -> Email | Reply:
    if len(body) > LARGEST_MESSAGE:
        return error("BadRequestException", "Message length exceeds the maximum.")
    try:
        orjson.loads(body)
        return Email.model_validate_json(body)
    except orjson.JSONDecodeError:
        return error("SerializationException")
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_input=False)[0]
        return error("BadRequestException", f"{'.'.join(map(str, first['loc']))}: {first['msg']}")


def _glimpse(body: bytes) -> tuple[str, str]:
    """Recipient and sender, as much of them as there is."""
    try:
        email = orjson.loads(body)
        to = str(email["Destination"]["ToAddresses"][0])
        return next(iter(addresses(to)), to), str(email.get("FromEmailAddress", ""))
    except (orjson.JSONDecodeError, LookupError, TypeError, AttributeError):
        return "", ""


def _reference(email: Email) -> str:
    return email.EmailTags[0].Value if email.EmailTags else ""
