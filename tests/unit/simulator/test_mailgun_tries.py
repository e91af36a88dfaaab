import pytest

from simulator.accounts import Account, Accounts
from simulator.courier import Courier
from simulator.mailgun import Mailgun
from simulator.posts import Answer, Post
from simulator.provider import Submission, Taken
from simulator.receipts import ReceiptPlan
from tests.unit.simulator.deferred_time import DeferredTime

AT = 1767323045.0
ACCOUNT = Account(provider="mailgun", user="mg.example.org", secret="k", webhook_url="https://hooks.example.org/mg")
FORM = {"from": "a@x.org", "to": "b@y.org", "subject": "Hi", "text": "t"}
SUBMISSION = Submission("mg.example.org", "b@y.org", "a@x.org", "", FORM, "email")


async def minutes_of_tries(status: str, answer: int) -> list[int]:
    """When a receipt was posted, in minutes of Mailgun's, to somebody who always answers the same."""
    time, tries = DeferredTime(AT), list[int]()

    async def client(post: Post, timeout: float) -> Answer:
        tries.append(round((time.now - AT) / 60))
        return Answer(answer)

    courier = Courier(client, time.clock, lambda: 1.0, sleep=time.sleep)
    mailgun = Mailgun(Accounts((ACCOUNT,)), time.clock)
    taken = Taken(SUBMISSION, mailgun.accept(SUBMISSION, 1, AT).id, 1, AT)
    courier.take(mailgun, taken, (ReceiptPlan(status=status),))
    await time.pass_by()
    return tries


async def test_a_failure_is_told_for_eight_hours() -> None:
    assert await minutes_of_tries("undelivered", 500) == [0, 10, 20, 35, 65, 125, 245, 485]


@pytest.mark.parametrize("answer", [200, 406])
async def test_it_is_told_once_to_who_takes_or_rejects_it(answer: int) -> None:
    assert await minutes_of_tries("undelivered", answer) == [0]


async def test_a_delivery_is_told_once_whatever_is_answered() -> None:
    assert await minutes_of_tries("delivered", 500) == [0]
