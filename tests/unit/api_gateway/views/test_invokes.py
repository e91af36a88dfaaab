"""Invokes as clients see them."""

from collections.abc import Mapping

from hypothesis import given

from api_gateway.views import invokes, pages
from api_gateway.views.pages import Slice
from dapi_common import contacts as shared
from dapi_common.bus.port import Record
from dapi_common.events.deliveries import DeliveryDropped, DeliveryUnknown
from dapi_common.events.invokes import (
    InvokeCompleted,
    InvokeDeleted,
    InvokePaused,
    InvokeProgressed,
    InvokeRepaced,
    InvokeResumed,
    InvokeStopped,
)
from dapi_common.events.shapes import Pace
from dapi_common.ids import InvokeId
from tests.unit.api_gateway.views.history import (
    ACCOUNT,
    OTHER,
    START,
    History,
    about,
    accepted,
    documents,
    folded,
    invoke,
    patient,
    planned,
    send,
    shuffled,
)

ONE = InvokeId("1")


def progressed(completed: int, failed: int, stopped: int) -> InvokeProgressed:
    return InvokeProgressed(
        account=ACCOUNT, invoke_id=ONE, completed=completed, failed=failed, stopped=stopped, at=START + 50
    )


def stopped(released: int) -> InvokeStopped:
    return InvokeStopped(account=ACCOUNT, invoke_id=ONE, released=released, at=START + 60)


def deleted() -> InvokeDeleted:
    return InvokeDeleted(account=ACCOUNT, invoke_id=ONE, at=START + 99)


async def one(history: History, contacts: Slice | None = None) -> Mapping[str, object]:
    detail = await invokes.get(await history.folded(), ACCOUNT, ONE, contacts or Slice())
    assert detail
    return detail.answer


def statuses(answer: Mapping[str, object]) -> list[object]:
    contacts = answer["contacts"]
    assert isinstance(contacts, list)
    return [entry["status"] for entry in contacts]


def progress(answer: Mapping[str, object]) -> list[int]:
    counts = answer["progress"]
    assert isinstance(counts, dict)
    assert int(counts["total"]) == sum(int(count) for name, count in counts.items() if name != "total")
    return [int(counts[name]) for name in ("pending", "completed", "failed", "stopped")]


async def test_an_invoke_answers_in_the_documented_shape() -> None:
    answer = await one(History().add(invoke(1), planned(1), send(0)))
    assert answer == {
        "id": "1",
        "status": "running",
        "contacts": [
            {
                "id": "1",
                "type": "sms",
                "provider": "twilio",
                "order": "1",
                "contact": "+31600000001",
                "status": "pending",
                "message_id": "1-1",
            }
        ],
        "list_id": "1",
        "providers": [{"type": "sms", "provider": "twilio", "arguments": {"From": "Dapi", "Body": "This is a test"}}],
        "throughput": {"sms": {"mps": "10"}},
        "ordering": "first-attempt",
        "progress": {"total": "1", "pending": "1", "completed": "0", "failed": "0", "stopped": "0"},
        "created-at": "2023-11-14T22:13:40.000000Z",
        "updated-at": "2023-11-14T22:13:40.000000Z",
    }


async def test_each_contact_shows_what_became_of_its_message() -> None:
    history = History().add(invoke(4), planned(4), *(send(i) for i in range(4)), accepted(send(0)))
    silent = DeliveryUnknown(code="timeout", description="", **about(send(1)))
    answer = await one(history.add(silent, DeliveryDropped(reason="stopped", **about(send(2)))))
    assert statuses(answer) == ["completed", "failed", "stopped", "pending"]


async def test_counts_are_the_last_that_were_reported() -> None:
    history = History().add(invoke(4), progressed(1, 1, 0))
    assert progress(await one(history)) == [2, 1, 1, 0]
    history.add(progressed(3, 1, 0), InvokeCompleted(account=ACCOUNT, invoke_id=ONE, at=START + 51))
    answer = await one(history)
    assert (progress(answer), answer["status"]) == ([0, 3, 1, 0], "completed")


async def test_a_stop_counts_what_was_never_released_at_once_and_does_not_count_it_twice() -> None:
    history = History().add(invoke(4), planned(4), send(0), send(1), progressed(1, 0, 0), stopped(2))
    answer = await one(history)
    assert (progress(answer), answer["status"]) == ([1, 1, 0, 2], "stopped")
    assert statuses(answer) == ["pending", "pending", "stopped", "stopped"]
    assert progress(await one(history.add(progressed(1, 0, 3)))) == [0, 1, 0, 3]


async def test_a_stopped_invoke_stays_stopped_when_its_last_answer_comes() -> None:
    history = History().add(invoke(2), stopped(1), progressed(1, 0, 1))
    answer = await one(history.add(InvokeCompleted(account=ACCOUNT, invoke_id=ONE, at=START + 61)))
    assert answer["status"] == "stopped"


def held(paused: bool) -> InvokePaused | InvokeResumed:
    return (InvokePaused if paused else InvokeResumed)(account=ACCOUNT, invoke_id=ONE, at=START + 40)


def repaced(**paces: Pace) -> InvokeRepaced:
    return InvokeRepaced.model_validate({"account": ACCOUNT, "invoke_id": ONE, "throughput": paces, "at": START + 41})


async def test_the_last_word_says_whether_an_invoke_is_paused_until_it_is_over() -> None:
    history = History().add(invoke(2), held(True))
    assert (await one(history))["status"] == "paused"
    assert (await one(history.add(held(False))))["status"] == "running"
    history.add(held(True), progressed(1, 1, 0), InvokeCompleted(account=ACCOUNT, invoke_id=ONE, at=START + 51))
    assert (await one(history))["status"] == "completed"


async def test_the_throughput_is_the_last_that_was_asked_for() -> None:
    history = History().add(invoke(2), repaced(sms=Pace(mps=3)), repaced(voice=Pace(mpm=60), sms=Pace(mps=5)))
    assert (await one(history))["throughput"] == {"sms": {"mps": "5"}, "voice": {"mpm": "60"}}
    assert (await one(history.add(repaced())))["throughput"] == {}


async def test_a_retry_says_whose_it_is() -> None:
    answer = await one(History().add(invoke(1).model_copy(update={"retry_of": InvokeId("7")})))
    assert answer["retry_of"] == "7"


async def test_contacts_come_in_pages_of_the_plan() -> None:
    store = await History().add(invoke(5), planned(5)).folded()
    first = await invokes.get(store, ACCOUNT, ONE, Slice(2))
    last = await invokes.get(store, ACCOUNT, ONE, Slice(2, page=2))
    beyond = await invokes.get(store, ACCOUNT, ONE, Slice(2, page=9))
    assert first
    assert last
    assert beyond
    assert (len(statuses(first.answer)), first.after) == (2, "2")
    assert (len(statuses(last.answer)), last.after) == (1, None)
    assert (statuses(beyond.answer), beyond.after) == ([], None)


async def test_pages_are_newest_first_and_show_the_first_contacts() -> None:
    history = History().add(*(event for n in (1, 2, 3) for event in (invoke(2, n, 2 * n), planned(2, n))))
    store = await history.add(deleted()).folded()
    page = await invokes.page(store, ACCOUNT, Slice(1))
    assert [(shown["id"], len(statuses(shown))) for shown in page.items] == [("3", 2)]
    assert [shown["id"] for shown in (await invokes.page(store, ACCOUNT, Slice(1, after=3))).items] == ["2"]
    assert (await invokes.page(store, ACCOUNT, Slice(1, page=2))).items == []


async def test_a_deleted_invoke_and_another_accounts_do_not_exist() -> None:
    store = await History().add(invoke(1), planned(1), deleted()).folded()
    assert await invokes.get(store, ACCOUNT, ONE, Slice()) is None
    store = await History().add(invoke(1)).folded()
    assert await invokes.get(store, OTHER, ONE, Slice()) is None
    assert (await invokes.page(store, OTHER, Slice())).items == []


async def test_the_planner_finds_the_acceptances_position_and_the_plan() -> None:
    store = await History().add(invoke(2), planned(2)).folded()
    assert await shared.position(store, ACCOUNT, ONE) == 0
    chunk = await shared.chunk(store, ACCOUNT, ONE, 0)
    assert chunk == planned(2).contacts


HISTORY = History().add(
    invoke(3),
    planned(3),
    send(0),
    held(True),
    repaced(sms=Pace(mps=3)),
    send(1),
    accepted(send(0)),
    held(False),
    repaced(sms=Pace(mps=5)),
    held(True),
    progressed(1, 0, 0),
    stopped(2),
    progressed(2, 0, 1),
)
DELETED = History().add(invoke(2), planned(2), send(0), stopped(1), deleted(), accepted(send(0)))


@patient
@given(shuffled(HISTORY.records))
async def test_order_and_repetition_change_nothing(batches: list[list[Record]]) -> None:
    assert await documents(await folded(batches)) == await documents(await HISTORY.folded())


@patient
@given(shuffled(DELETED.records))
async def test_nothing_of_a_deleted_invoke_comes_back(batches: list[list[Record]]) -> None:
    found = await documents(await folded(batches))
    assert found == await documents(await DELETED.folded())
    numbers = found.pop(pages.NUMBERS)
    assert {d["_id"]: d["highest"] for d in numbers} == {"a1/invokes": 1, "a1/messages": 1}
    assert {name: [d["_id"] for d in kept] for name, kept in found.items() if kept} == {invokes.DELETED: ["a1/1"]}
