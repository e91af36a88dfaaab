import orjson
import pytest

from simulator.accounts import Account, Accounts
from simulator.bluemix_tokens import GRANT, Tokens

ACCOUNT = Account(provider="bluemix-push-notifications", user="app", secret="s", extra={"api_key": "k"})
KEYLESS = Account(provider="bluemix-push-notifications", user="old", secret="s")


class Clock:
    def __init__(self) -> None:
        self.now = 1767323045.5

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tokens(clock: Clock) -> Tokens:
    return Tokens(Accounts((ACCOUNT, KEYLESS)), clock)


def token(tokens: Tokens) -> str:
    return str(orjson.loads(tokens.given({"grant_type": GRANT, "apikey": "k"}).body)["access_token"])


def test_a_token_opens_for_an_hour(tokens: Tokens, clock: Clock) -> None:
    given = token(tokens)
    clock.now += 3599
    assert tokens.opens(ACCOUNT, given)
    clock.now += 1
    assert not tokens.opens(ACCOUNT, given)
    assert tokens.opens(ACCOUNT, token(tokens))


def test_a_token_opens_its_own_account_alone(tokens: Tokens) -> None:
    given = token(tokens)
    assert not tokens.opens(ACCOUNT.model_copy(update={"extra": {"api_key": "other"}}), given)
    assert not tokens.opens(KEYLESS, given)


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"grant_type": GRANT, "apikey": "wrong"}, "BXNIM0415E"),
        ({"grant_type": GRANT, "apikey": ""}, "BXNIM0415E"),
        ({"grant_type": GRANT}, "BXNIM0415E"),
        ({"grant_type": "password", "apikey": "k"}, "BXNIM0402E"),
    ],
)
def test_no_token_for_what_is_no_key(tokens: Tokens, form: dict[str, str], code: str) -> None:
    reply = tokens.given(form)
    assert (reply.status, orjson.loads(reply.body)["errorCode"]) == (400, code)
