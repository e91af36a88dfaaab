import asyncio
from collections.abc import Sequence

import orjson
import pytest

from simulator import courier as couriers
from simulator.accounts import DEMO, Accounts
from simulator.courier import Courier
from simulator.nexmo import Nexmo
from simulator.plivo import Plivo
from simulator.posts import Answer, Post
from simulator.provider import Taken
from simulator.receipts import ReceiptPlan
from simulator.twilio import Twilio
from tests.unit.simulator import told
from tests.unit.simulator.deferred_time import DeferredTime
from tests.unit.simulator.told import AT, URL, fields_of, receipt

FORM = {"from": "Dapi", "to": "31612345678", "text": "Hi", "callback": URL}
NEXMO = Nexmo(Accounts())


class Receiver:
    """Answers posts with these statuses, the last one again and again, and remembers when each came."""

    def __init__(self, time: DeferredTime, *statuses: int) -> None:
        self.time = time
        self.statuses = list(statuses) or [200]
        self.posts: list[tuple[float, Post]] = []
        self.most_at_once = 0
        self._now = 0

    async def __call__(self, post: Post, timeout: float) -> Answer:
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        await asyncio.sleep(0)
        self._now -= 1
        self.posts.append((round(self.time.now - AT, 3), post))
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        return Answer(status, b"thank you")

    def seen(self) -> list[tuple[float, str]]:
        return [(at, fields_of(post)["status"]) for at, post in self.posts]


def message(seq: int = 1) -> Taken:
    return told.taken(f"0A{seq:012X}01", "demo-key", FORM, seq=seq)


async def reported(*plans: ReceiptPlan, statuses: Sequence[int] = ()) -> tuple[Courier, Receiver]:
    """All that comes of one message's receipts."""
    time = DeferredTime(AT)
    receiver = Receiver(time, *statuses)
    courier = Courier(receiver, time.clock, sleep=time.sleep)
    courier.take(NEXMO, message(), plans)
    await time.pass_by()
    return courier, receiver


def posts(courier: Courier) -> list[dict[str, object]]:
    found: list[dict[str, object]] = orjson.loads(courier.log.page(0, 1000, courier.waiting))["posts"]
    return found


async def test_receipts_go_out_when_they_are_due_and_in_their_order() -> None:
    plans = (receipt("sent"), receipt("delivered", delay_ms=900), receipt("buffered", delay_ms=200))
    _, receiver = await reported(*plans)
    assert receiver.seen() == [(0.0, "buffered"), (0.2, "buffered"), (0.9, "delivered")]


async def test_out_of_order_is_an_order_too() -> None:
    _, receiver = await reported(receipt("delivered"), receipt("sent"), receipt("accepted", delay_ms=-5))
    assert [status for _, status in receiver.seen()] == ["accepted", "delivered", "buffered"]


async def test_a_repeated_receipt_is_the_same_again() -> None:
    _, receiver = await reported(receipt("delivered", repeat=3))
    assert len(receiver.posts) == 3
    assert len({post.body for _, post in receiver.posts}) == 1


async def test_a_receipt_that_nobody_takes_is_posted_again_until_somebody_does() -> None:
    courier, receiver = await reported(receipt("sent"), receipt("delivered"), statuses=(500, 200, 0, 204))
    assert receiver.seen() == [(0.0, "buffered"), (0.0, "delivered"), (60.0, "buffered"), (180.0, "buffered")]
    assert [entry["attempt"] for entry in posts(courier)] == [1, 1, 2, 3]
    assert courier.log.figures == {"taken": 2, "refused": 1, "unanswered": 1}


async def test_after_its_last_try_a_receipt_is_given_up() -> None:
    courier, receiver = await reported(receipt("sent"), statuses=(503,))
    assert len(receiver.posts) == 1 + len(NEXMO.redelivery.waits)
    assert (courier.log.figures["given up"], courier.waiting) == (1, 0)


async def test_tries_may_come_faster_than_the_vendor_says() -> None:
    time = DeferredTime(AT)
    receiver = Receiver(time, 500, 200)
    courier = Courier(receiver, time.clock, lambda: 60.0, time.sleep)
    courier.take(NEXMO, message(), [receipt("sent")])
    await time.pass_by()
    assert [at for at, _ in receiver.seen()] == [0.0, 1.0]


async def test_twilio_posts_again_only_when_nobody_answered() -> None:
    form = {"From": "+1", "To": "+316", "Body": "Hi", "StatusCallback": URL}
    account = "AC00000000000000000000000000000001"
    for statuses, tries in (((500,), 1), ((0, 500), 2), ((0,), 2)):
        time = DeferredTime(AT)
        receiver = Receiver(time, *statuses)
        courier = Courier(receiver, time.clock, sleep=time.sleep)
        courier.take(Twilio(Accounts()), told.taken("SM" + "0" * 31 + "1", account, form), [receipt("sent")])
        await time.pass_by()
        assert len(receiver.posts) == tries


async def test_a_broken_document_ends_the_call_and_is_not_fetched_again() -> None:
    plivo = Plivo(Accounts())
    fields = {"from": "31200000000", "to": "31612345678", "answer_url": "https://x.example.org/a", "hangup_url": URL}
    call = told.taken("", "MADEMO00000000000001", fields, "voice")
    given = plivo.accept(call.submission, 1, AT).id
    time = DeferredTime(AT)
    receiver = Receiver(time, 200)
    courier = Courier(receiver, time.clock, sleep=time.sleep)
    courier.take(plivo, Taken(call.submission, given, 1, AT), [receipt("completed", repeat=2)])
    await time.pass_by()
    made = [(entry["purpose"], entry["remark"]) for entry in posts(courier)]
    broken = "the document is broken: no XML document with a <Response>"
    assert made == [("document", broken), ("receipt", ""), ("receipt", "")]
    assert fields_of(receiver.posts[1][1])["HangupCauseCode"] == "8011"


async def test_a_receipt_without_a_url_is_written_down_as_such() -> None:
    time = DeferredTime(AT)
    receiver = Receiver(time)
    courier = Courier(receiver, time.clock, sleep=time.sleep)
    courier.take(NEXMO, told.taken("0A1", "demo-key", {**FORM, "callback": ""}), [receipt("delivered")])
    await time.pass_by()
    (entry,) = posts(courier)
    assert (entry["url"], entry["answered"], entry["remark"]) == ("", 0, "nothing to post: no URL, or not asked for")
    assert (receiver.posts, courier.log.figures) == ([], {"nowhere": 1})


async def test_no_more_than_so_many_are_on_their_way(monkeypatch: pytest.MonkeyPatch) -> None:
    time = DeferredTime(AT)
    receiver = Receiver(time)
    courier = Courier(receiver, time.clock, sleep=time.sleep)
    for seq in range(1, 201):
        courier.take(NEXMO, message(seq), [receipt("delivered")])
    await time.pass_by()
    assert (len(receiver.posts), receiver.most_at_once) == (200, couriers.AT_ONCE)


async def test_what_is_too_much_is_dropped_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(couriers, "MOST_WAITING", 2)
    time = DeferredTime(AT)
    receiver = Receiver(time)
    courier = Courier(receiver, time.clock, sleep=time.sleep)
    for seq in range(1, 4):
        courier.take(NEXMO, message(seq), [receipt("delivered")])
    await time.pass_by()
    assert (len(receiver.posts), courier.log.figures["dropped"]) == (2, 1)


async def test_what_is_forgotten_never_goes_out() -> None:
    time = DeferredTime(AT)
    receiver = Receiver(time)
    courier = Courier(receiver, time.clock, sleep=time.sleep)
    courier.take(NEXMO, message(), [receipt("delivered", delay_ms=1000)])
    await time.settle()
    assert courier.waiting == 1
    await courier.forget()
    await time.pass_by()
    assert (receiver.posts, courier.waiting) == ([], 0)


async def test_inbound_messages_are_handed_over_at_once_and_told_apart() -> None:
    time = DeferredTime(AT)
    receiver = Receiver(time, 200, 503, 200)
    courier = Courier(receiver, time.clock, sleep=time.sleep)
    plan = told.inbound("nexmo", "demo-key", text="a" * 161)
    assert await courier.hand_over(NEXMO, DEMO[0], plan) == [200, 503]
    assert await courier.hand_over(NEXMO, DEMO[0], plan) == [200, 200]
    await time.pass_by()
    ids = [fields_of(post)["messageId"] for _, post in receiver.posts]
    assert ids == [f"0B{n:012X}{part}" for n, part in ((1, "01"), (1, "02"), (2, "01"), (2, "02"), (1, "02"))]


async def test_an_inbound_message_may_come_twice() -> None:
    time = DeferredTime(AT)
    courier = Courier(Receiver(time), time.clock, sleep=time.sleep)
    assert await courier.hand_over(NEXMO, DEMO[0], told.inbound("nexmo", "demo-key", repeat=2)) == [200, 200]
