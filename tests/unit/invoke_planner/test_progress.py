from hypothesis import given
from hypothesis import strategies as st

from dapi_common.events import deliveries
from dapi_common.events.deliveries import DeliveryFact
from dapi_common.events.invokes import InvokeAccepted
from dapi_common.events.receipts import DeliveryReported
from dapi_common.events.shapes import Pace
from invoke_planner.progress import Progress, apply, window

FACT = {
    "account": "a", "message_id": "1-1", "n": 1, "invoke_id": "1", "provider": "nexmo", "channel": "sms",
    "attempt": 1, "at": 0.0,
}  # fmt: skip
INVOKE = {
    "account": "a", "invoke_id": "1", "list_id": "1", "total": 1, "channels": {"sms": 1}, "last_contact": 1,
    "first_n": 1, "offers": [], "throughput": {}, "deadline": 1.0, "at": 0.0,
}  # fmt: skip
KINDS = ("accepted", "refused", "deferred", "unknown", "resent", "stopped", "expired", "reported")
TAKEN = ("accepted", "reported")


def fact(kind: str, index: int) -> DeliveryFact:
    common = {**FACT, "index": index}
    told = {"code": "c", "description": "d"}
    made: dict[str, DeliveryFact] = {
        "accepted": deliveries.DeliveryAccepted.model_validate({**common, "provider_ref": "r", "reply": {}}),
        "refused": deliveries.DeliveryRefused.model_validate(
            {**common, **told, "reason": "provider-rejected", "reply": {}}
        ),
        "deferred": deliveries.DeliveryDeferred.model_validate({**common, **told, "retry_at": 1.0}),
        "unknown": deliveries.DeliveryUnknown.model_validate({**common, **told}),
        "resent": deliveries.DeliveryUnknown.model_validate({**common, **told, "resend": True}),
        "stopped": deliveries.DeliveryDropped.model_validate({**common, "reason": "stopped"}),
        "reported": DeliveryReported.model_validate({**common, "provider_ref": "r", "event": "e", "reply": {}}),
        "expired": deliveries.DeliveryDropped.model_validate({**common, "reason": "expired"}),
    }
    return made[kind]


def released(count: int) -> Progress:
    progress = Progress(unreleased={"sms": count})
    for _ in range(count):
        progress.release(1, "sms")
    return progress


facts = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(min_value=0, max_value=9)), max_size=60)


@given(facts)
def test_counts_add_up_and_a_repetition_changes_nothing(history: list[tuple[str, int]]) -> None:
    progress = released(10)
    for kind, index in history:
        apply(progress, fact(kind, index))
        once = progress.model_dump()
        apply(progress, fact(kind, index))
        assert progress.model_dump() == once
        assert progress.completed + progress.failed + progress.stopped == progress.final.count <= 10
        assert progress.outstanding == 10 - progress.answered.count


@given(facts)
def test_a_refund_is_due_for_what_no_provider_took(history: list[tuple[str, int]]) -> None:
    progress = released(10)
    first: dict[int, str] = {}
    for kind, index in history:
        apply(progress, fact(kind, index))
        if kind not in ("deferred", "resent"):
            first.setdefault(index, kind)
    owed = sum(1 for kind in first.values() if kind in ("refused", "stopped", "expired"))
    assert sum(progress.take_refund().values()) == owed
    assert not progress.take_refund()


@given(st.lists(st.integers(min_value=1, max_value=4), min_size=1, max_size=30), st.data())
def test_no_contact_starts_before_every_lower_order_is_answered(orders: list[int], data: st.DataObject) -> None:
    orders.sort()
    progress = Progress(unreleased={"sms": len(orders)})
    answered: set[int] = set()
    while len(answered) < len(orders):
        while progress.released < len(orders) and progress.may_start(orders[progress.released], strict=False):
            index = progress.release(orders[progress.released], "sms")
            assert {i for i in range(len(orders)) if orders[i] < orders[index]} <= answered
        waiting = sorted(set(range(progress.released)) - answered)
        assert waiting, "the chain must not stand still"
        index = data.draw(st.sampled_from(waiting))
        apply(progress, fact(data.draw(st.sampled_from(KINDS)), index))
        answered.add(index)


@given(facts)
def test_who_was_taken_while_in_doubt_is_completed_and_the_sum_never_changes(history: list[tuple[str, int]]) -> None:
    progress = released(10)
    results: dict[int, str] = {}
    doubted: set[int] = set()
    for kind, index in history:
        before, was_final = progress.completed, progress.final.count
        apply(progress, fact(kind, index))
        if kind in ("unknown", "resent") and index not in results:
            doubted.add(index)
        if kind in TAKEN and (index in doubted or index not in results):
            results[index] = "completed"
            doubted.discard(index)
        elif kind not in ("deferred", "resent"):
            results.setdefault(index, "stopped" if kind == "stopped" else "failed")
        assert progress.completed >= before
        assert progress.final.count >= was_final
        counts = progress.completed, progress.failed, progress.stopped
        assert counts == tuple(list(results.values()).count(each) for each in ("completed", "failed", "stopped"))


def test_a_correction_is_reported_although_no_more_contacts_are_final() -> None:
    progress = released(1)
    apply(progress, fact("unknown", 0))
    accepted = InvokeAccepted.model_validate(INVOKE)
    assert progress.report_due() is not None
    assert progress.report(accepted, 1.0).failed == 1
    assert progress.report_due() is None
    apply(progress, fact("reported", 0))
    assert progress.report_due() == 1.5
    assert (progress.report(accepted, 2.0).completed, progress.report_due()) == (1, None)


def test_strict_order_waits_for_the_final_outcome() -> None:
    progress = released(1)
    apply(progress, fact("deferred", 0))
    assert progress.may_start(2, strict=False)
    assert not progress.may_start(2, strict=True)
    apply(progress, fact("accepted", 0))
    assert progress.may_start(2, strict=True)


def test_a_stop_counts_what_never_starts_and_leaves_what_is_under_way() -> None:
    progress = released(4)
    progress.unreleased = {"sms": 6}
    apply(progress, fact("accepted", 0))
    progress.stop(10)
    assert (progress.completed, progress.failed, progress.stopped) == (1, 0, 6)
    apply(progress, fact("accepted", 1))
    apply(progress, fact("stopped", 2))
    apply(progress, fact("refused", 3))
    assert (progress.completed, progress.failed, progress.stopped) == (2, 1, 7)
    assert progress.take_refund() == {"sms": 8}


def test_a_fact_about_a_contact_that_was_never_released_is_ignored() -> None:
    progress = released(2)
    apply(progress, fact("accepted", 5))
    assert progress.final.count == 0


def test_the_window_follows_the_pace_within_its_bounds() -> None:
    accepted = InvokeAccepted.model_validate(INVOKE)
    assert window(accepted, 200) == 600
    assert window(accepted, 1) == 100
    assert window(accepted, 100_000) == 1800
    assert window(accepted.model_copy(update={"throughput": {"sms": Pace(mps=50)}}), 200) == 150
