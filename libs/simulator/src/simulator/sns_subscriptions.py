"""The GETs of `/`: a subscription is confirmed there, beside the page for people.

https://docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html
"""

from collections.abc import Awaitable, Callable

from aiohttp import web

from simulator.accounts import Account, Accounts, ProviderName
from simulator.answers import answered
from simulator.sns_errors import error, xml
from simulator.sns_topics import subscription_arn, token_of, topic_arn
from simulator.wire import json_reply

_NAMES: tuple[ProviderName, ...] = ("amazon-ses", "amazon-sns")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Subscriptions:
    """Which accounts' topics have been confirmed."""

    def __init__(self, accounts: Accounts, clock: Callable[[], float]) -> None:
        self._accounts = accounts
        self._clock = clock
        self._confirmed: dict[str, float] = {}

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.method == "GET" and request.path == "/" and "Action" in request.query:
            return self._act(request)
        return await handler(request)

    def _act(self, request: web.Request) -> web.Response:
        query = request.query
        if query["Action"] != "ConfirmSubscription":
            return answered(error("InvalidAction"))
        found = self._find(query.get("TopicArn", ""), query.get("Token", ""))
        if found is None:
            return answered(error("InvalidParameter", "Invalid parameter: Token"))
        arn = subscription_arn(found)
        self._confirmed.setdefault(arn, self._clock())
        result = f"<ConfirmSubscriptionResult><SubscriptionArn>{arn}</SubscriptionArn></ConfirmSubscriptionResult>"
        return answered(xml(200, "ConfirmSubscriptionResponse", result))

    def _find(self, topic: str, token: str) -> Account | None:
        accounts = [account for name in _NAMES for account in self._accounts.of(name)]
        return next((each for each in accounts if topic_arn(each) == topic and token_of(each) == token), None)

    async def confirmed(self, _: web.Request) -> web.Response:
        """For tests and people: each subscription with when it was first confirmed."""
        found = [{"subscription_arn": arn, "at": at} for arn, at in self._confirmed.items()]
        return answered(json_reply(200, {"confirmed": found}))

    def clear(self) -> None:
        self._confirmed = {}
