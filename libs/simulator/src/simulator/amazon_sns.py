"""Amazon SNS, mobile push: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""

import time
from collections.abc import Callable, Sequence

from aiohttp import web

from simulator.accounts import Account, Accounts
from simulator.aws_gate import EXPLANATIONS, Gate
from simulator.aws_signature import Problem
from simulator.posts import Post
from simulator.provider import Acceptance, Refusal, Submission, Taken
from simulator.receipts import InboundPlan, ReceiptPlan
from simulator.ses_webhooks import CONFIRMATIONS
from simulator.sns_errors import THROTTLED, error, xml
from simulator.sns_failures import receipts
from simulator.sns_requests import problem_of, target
from simulator.sns_subscriptions import Subscriptions
from simulator.sns_topics import REDELIVERY, Happening, Topics
from simulator.wire import Incoming, Reply

VERSION = "2010-03-31"
_PROBLEMS: dict[Problem, str] = {
    "missing": "MissingAuthenticationToken",
    "incomplete": "IncompleteSignature",
    "unknown-key": "InvalidClientTokenId",
    "expired": "SignatureDoesNotMatch",
    "scope": "SignatureDoesNotMatch",
    "mismatch": "SignatureDoesNotMatch",
}


class AmazonSns:
    """`extra` of an account: `region`, `account_id` (twelve digits), where its targets must have them."""

    name = "amazon-sns"
    redelivery = REDELIVERY

    def __init__(self, accounts: Accounts, topics: Topics, clock: Callable[[], float] = time.time) -> None:
        self._accounts = accounts
        self._topics = topics
        self._gate = Gate(accounts, "amazon-sns", "sns", clock)
        self.subscriptions = Subscriptions(accounts, clock)

    def sends(self, path: str) -> bool:
        return path == "/"

    def read(self, request: Incoming) -> Submission | Refusal:
        form = request.form()
        to = target(form)
        entered = self._gate.enter(request)
        if isinstance(entered, str):
            return Refusal(error(_PROBLEMS[entered], EXPLANATIONS[entered]), to=to, channel="push")
        account, region = entered
        self._topics.reached(account, request.headers["host"])
        if form.get("Action") != "Publish" or form.get("Version", VERSION) != VERSION:
            return Refusal(error("InvalidAction"), to=to, channel="push")
        if problem := problem_of(form, region, account.extra.get("account_id", "")):
            return Refusal(error(*problem), to=to, channel="push")
        return Submission(account.user, to, "", "", form, channel="push")

    def accept(self, submission: Submission, seq: int, at: float) -> Acceptance:
        message_id = f"94f20ce6-13c5-43a0-9a9a-{seq:012x}"
        is_queue = submission.fields.get("TopicArn", "").endswith(".fifo")
        place = f"<SequenceNumber>{seq:020}</SequenceNumber>" if is_queue else ""
        result = f"<PublishResult><MessageId>{message_id}</MessageId>{place}</PublishResult>"
        request_id = f"<RequestId>f187a3c1-376f-11df-8963-{seq:012x}</RequestId>"
        text = f"{result}<ResponseMetadata>{request_id}</ResponseMetadata>"
        return Acceptance(message_id, xml(200, "PublishResponse", text))

    def refuse(self, code: str) -> Refusal:
        return Refusal(error(code), throttled=code in THROTTLED, channel="push")

    def throttle(self) -> Reply:
        return error("Throttled")

    def failure(self, status: int) -> Reply:
        return error("InternalError", status=status)

    def receipts(self, taken: Taken, plan: ReceiptPlan, number: int, at: float) -> Sequence[Post]:
        account = self._accounts.find("amazon-sns", taken.submission.account)
        return receipts(self._topics, account, taken, plan, number, at) if account else ()

    def inbound(self, account: Account, plan: InboundPlan, number: int, at: float) -> Sequence[Post]:
        """Nothing comes in by push, but a topic asks: kinds `subscription` and `unsubscription`."""
        if plan.kind not in CONFIRMATIONS or not (plan.url or account.webhook_url):
            return ()
        seed = f"inbound/{account.user}/{number}"
        asked = Happening(seed, at, plan.fields, plan.forged, plan.url, "confirmation")
        return (self._topics.confirmation(account, asked, CONFIRMATIONS[plan.kind]),)

    def clear(self) -> None:
        self.subscriptions.clear()

    def lookups(self) -> Sequence[web.RouteDef]:
        return (
            web.get(self._topics.signer.path, self._certificate),
            web.get("/_subscriptions", self.subscriptions.confirmed),
        )

    async def _certificate(self, _: web.Request) -> web.Response:
        return web.Response(body=self._topics.signer.certificate, content_type="application/x-pem-file")
