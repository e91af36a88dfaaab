"""Sends of which nobody knew what became, and what settles them later."""

from collections.abc import Iterator

from dapi_common import topics
from dapi_common.bus.port import Effects, Record
from dapi_common.events import commands, deliveries
from dapi_common.events.account import CreditsMoved
from dapi_common.events.deliveries import DeliveryFact
from dapi_common.events.invokes import InvokeCompleted, InvokeProgressed
from dapi_common.events.receipts import DeliveryReported, ProviderPaused, ReferenceReported
from dapi_common.events.sends import SendRequested
from dapi_common.ids import AccountId
from dapi_common.store.memory import MemoryStore
from invoke_planner.planning import Planning
from invoke_planner.unsettled import KEPT_SECONDS, KINDS
from invoke_planner.worker import PlannerTask
from tests.unit.invoke_planner.deciding import ACCOUNT, NOW
from tests.unit.invoke_planner.test_worker import MESSAGE, Planner, found

Counts = tuple[int, int, int]


class Doubtful(Planner):
    """A planner whose facts can be unclear."""

    def fact(self, kind: type[DeliveryFact], send: SendRequested, **fields: object) -> Record:
        about = {name: getattr(send, name) for name in ("account", "message_id", "n", "invoke_id", "index", "channel")}
        told = {"code": "c", "description": "d", "provider_ref": "r", "event": "e", "reply": {}}
        fact = {**told, **about, "provider": "nexmo", "attempt": 1, "at": NOW, **fields}
        return self.record(topics.DELIVERIES, kind.model_validate(fact))

    def unknown(self, send: SendRequested, resend: bool = False) -> Record:
        return self.fact(deliveries.DeliveryUnknown, send, resend=resend)

    def reported(self, send: SendRequested) -> Record:
        return self.fact(DeliveryReported, send)

    def tell(self, *records: Record) -> Effects:
        """A step long after the last one: what is to be reported is."""
        self.now += 1
        return self.step(*records)

    def restart(self) -> None:
        """Another process goes on with what this one kept."""
        successor = PlannerTask(Planning(MemoryStore()))
        for key in sorted(self.state, reverse=True):
            successor.restore(key, self.state[key])
        successor.resume({}, self.now)
        self.task = successor

    def kept(self) -> set[str]:
        return {key for key in self.state if key.partition("/")[0] in KINDS}


def counts(effects: Effects) -> list[Counts]:
    return [(each.completed, each.failed, each.stopped) for each in found(effects, InvokeProgressed)]


def over(planner: Doubtful, unclear: int, accepted: int = 1) -> list[SendRequested]:
    """The sends of an invoke that is over, the first ones unclear."""
    sends = planner.begin(unclear + accepted)
    records = [planner.unknown(send) for send in sends[:unclear]]
    effects = planner.tell(*records, *(planner.accepted(send) for send in sends[unclear:]))
    assert counts(effects) == [(accepted, unclear, 0)]
    assert found(effects, InvokeCompleted)
    return sends


def test_a_receipt_settles_a_send_while_its_invoke_runs() -> None:
    planner = Doubtful()
    sends = planner.begin(3)
    assert counts(planner.tell(planner.unknown(sends[0]))) == [(0, 1, 0)]
    assert counts(planner.tell(planner.reported(sends[0]), planner.reported(sends[0]))) == [(1, 0, 0)]
    assert counts(planner.tell(planner.unknown(sends[0]))) == []
    assert counts(planner.tell(planner.reported(sends[1]), planner.unknown(sends[1]))) == [(2, 0, 0)]


def test_a_receipt_or_a_late_answer_settles_a_send_of_an_invoke_that_is_over() -> None:
    planner = Doubtful()
    sends = over(planner, unclear=3)
    assert counts(planner.tell(planner.reported(sends[1]))) == [(2, 2, 0)]
    assert counts(planner.tell(planner.reported(sends[1]), planner.reported(sends[3]))) == []
    assert counts(planner.tell(planner.accepted(sends[0]), planner.reported(sends[2]))) == [(4, 0, 0)]
    assert not planner.kept()
    assert counts(planner.tell(planner.reported(sends[2]))) == []


def test_nothing_is_kept_of_an_invoke_without_doubts() -> None:
    planner = Doubtful()
    sends = over(planner, unclear=0, accepted=2)
    assert not planner.kept()
    assert counts(planner.tell(planner.reported(sends[0]))) == []


def test_a_restart_between_any_two_steps_forgets_no_doubt() -> None:
    planner = Doubtful()
    sends = planner.begin(4)
    seen: list[Counts] = []
    for record in (*map(planner.unknown, sends), *map(planner.reported, sends), *map(planner.reported, sends)):
        planner.restart()
        seen += counts(planner.tell(record))
    assert seen == [(0, 1, 0), (0, 2, 0), (0, 3, 0), (0, 4, 0), (1, 3, 0), (2, 2, 0), (3, 1, 0), (4, 0, 0)]
    assert not planner.kept()


def test_corrections_come_at_most_twice_a_second_and_survive_a_restart_meanwhile() -> None:
    planner = Doubtful()
    sends = over(planner, unclear=3, accepted=1)
    assert counts(planner.tell(planner.reported(sends[0]))) == [(2, 2, 0)]
    effects = planner.step(planner.reported(sends[1]))
    assert counts(effects) == []
    assert effects.wake_at is not None
    planner.restart()
    planner.now = effects.wake_at
    assert counts(planner.step()) == [(3, 1, 0)]


def test_no_money_moves_when_a_send_is_settled() -> None:
    planner = Doubtful()
    sends = over(planner, unclear=1)
    assert not found(planner.tell(planner.reported(sends[0])), CreditsMoved)


def test_a_try_that_was_sent_again_and_refused_or_stopped_is_settled_by_a_receipt_of_the_first() -> None:
    planner = Doubtful()
    sends = planner.begin(3)
    planner.step(*(planner.unknown(send, resend=True) for send in sends))
    planner.do(commands.StopInvoke, invoke_id=sends[0].invoke_id)
    refused = planner.fact(deliveries.DeliveryRefused, sends[0], reason="provider-rejected", attempt=2)
    stopped = [planner.fact(deliveries.DeliveryDropped, send, reason="stopped", attempt=2) for send in sends[1:]]
    assert counts(planner.tell(refused, *stopped)) == [(0, 1, 2)]
    planner.restart()
    effects = planner.tell(planner.reported(sends[1]), planner.reported(sends[0]))
    assert counts(effects) == [(2, 0, 1)]
    assert not found(effects, CreditsMoved)


def test_a_receipt_of_what_was_surely_refused_changes_nothing() -> None:
    planner = Doubtful()
    sends = planner.begin(1)
    refused = planner.fact(deliveries.DeliveryRefused, sends[0], reason="provider-rejected")
    assert counts(planner.tell(refused)) == [(0, 1, 0)]
    assert not planner.tell(planner.reported(sends[0])).outputs


def test_a_deleted_invoke_is_not_corrected() -> None:
    planner = Doubtful()
    sends = over(planner, unclear=1)
    planner.do(commands.DeleteInvoke, invoke_id=sends[0].invoke_id)
    assert not planner.kept()
    assert not planner.tell(planner.reported(sends[0])).outputs


def test_doubts_are_forgotten_when_no_receipt_can_come_any_more() -> None:
    planner = Doubtful()
    first, second = over(planner, unclear=1), over(planner, unclear=1)
    planner.now += KEPT_SECONDS - 0.5
    planner.step()
    assert {key.split("/")[2] for key in planner.kept()} == {second[0].invoke_id}
    assert counts(planner.tell(planner.reported(first[0]))) == []


def test_a_receipt_is_the_end_of_a_single_message_and_what_is_refused_then_is_not_refunded() -> None:
    planner = Doubtful()
    sends = [found(planner.do(commands.CreateMessage, **MESSAGE), SendRequested)[0] for _ in range(2)]
    for records in _stories(planner, sends):
        effects = planner.step(*records)
        assert not found(effects, CreditsMoved)


def _stories(planner: Doubtful, sends: list[SendRequested]) -> Iterator[list[Record]]:
    refused = planner.fact(deliveries.DeliveryRefused, sends[0], reason="provider-rejected", attempt=2)
    yield [planner.unknown(sends[0], resend=True), planner.reported(sends[0]), refused]
    yield [planner.unknown(sends[1]), planner.reported(sends[1])]


def test_facts_that_name_no_message_are_none_of_the_planners() -> None:
    planner = Doubtful()
    about = {"account": AccountId(ACCOUNT), "provider": "nexmo", "at": NOW}
    paused = ProviderPaused(**about, code="4", description="d", probe_at=NOW)
    by_reference = ReferenceReported(**about, provider_ref="r", event="e", reply={})
    records = [planner.record(topics.DELIVERIES, fact) for fact in (paused, by_reference)]
    assert not planner.step(*records).outputs
