"""IAM tokens for API keys: https://cloud.ibm.com/docs/account?topic=account-iamtoken_from_apikey"""

import hashlib
import hmac
from collections.abc import Callable, Mapping

from aiohttp import web

from simulator.accounts import Account, Accounts
from simulator.answers import answered, read
from simulator.wire import Reply, json_reply

LIFETIME = 3600
GRANT = "urn:ibm:params:oauth:grant-type:apikey"


class Tokens:
    """A token says itself when it ends, and whose it is; nothing is remembered."""

    def __init__(self, accounts: Accounts, clock: Callable[[], float]) -> None:
        self._accounts = accounts
        self._clock = clock

    def opens(self, account: Account, token: str) -> bool:
        ends, _, _ = token.partition(".")
        key = account.extra.get("api_key", "")
        if not key or not ends.isdecimal() or int(ends) <= self._clock():
            return False
        return _token(key, int(ends)) == token

    async def give(self, request: web.Request) -> web.Response:
        return answered(self.given((await read(request)).form()))

    def given(self, form: Mapping[str, str]) -> Reply:
        key, now = form.get("apikey", ""), int(self._clock())
        if form.get("grant_type") != GRANT:
            return _refused("BXNIM0402E", "Grant type is not supported.")
        owners = [account for account in self._accounts.of("bluemix-push-notifications") if _has(account, key)]
        if not owners:
            return _refused("BXNIM0415E", "Provided API key could not be found.")
        token = _token(key, now + LIFETIME)
        ends = {"expires_in": LIFETIME, "expiration": now + LIFETIME}
        body = {"access_token": token, "refresh_token": "not_supported", "token_type": "Bearer", "scope": "ibm openid"}
        return json_reply(200, body | ends)


def _has(account: Account, key: str) -> bool:
    return key != "" and account.extra.get("api_key") == key


def _token(key: str, ends: int) -> str:
    return f"{ends}.{hmac.new(key.encode(), str(ends).encode(), hashlib.sha256).hexdigest()}"


def _refused(code: str, text: str) -> Reply:
    return json_reply(400, {"errorCode": code, "errorMessage": text})
