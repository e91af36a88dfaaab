"""The planner's task, step by step, without a log."""

from decimal import Decimal
from typing import Any, TypeVar

from dapi_common import topics
from dapi_common.bus.encode import Encoder
from dapi_common.bus.port import Effects, Output, Record
from dapi_common.events import commands, deliveries
from dapi_common.events.envelope import Payload
from dapi_common.events.sends import ProviderWithdrawn, SendRequested
from dapi_common.events.shapes import Limits, PlannedContact
from dapi_common.store.memory import MemoryStore
from dapi_common.topics import Topic
from invoke_planner.planning import ChunkRead, Planning, SnapshotTaken
from invoke_planner.worker import PlannerTask
from tests.unit.invoke_planner.deciding import ACCOUNT, FEES, NOW, contacts, offer, stamped

F = TypeVar("F", bound=Payload)
MESSAGE = {"provider": "nexmo", "channel": "sms", "arguments": {"to": "1"}, "ttl": 60.0}
LIMITS = Limits(mps=1000, lists=100, contacts_per_list=1000)


class Planner:
    """Feeds a task and keeps what it would have committed."""

    def __init__(self) -> None:
        self.task, self.state, self.now, self._offset = PlannerTask(Planning(MemoryStore())), dict[str, bytes](), NOW, 0
        self.do(commands.OpenAccount, secret_hash="h", limits=LIMITS, fees=FEES, credits=Decimal(100))
        self.do(commands.PutProvider, name="nexmo", credentials="sealed")

    def step(self, *records: Record, arrivals: tuple[object, ...] = ()) -> Effects:
        self.now += 0.001
        effects = self.task.step(records, arrivals, self.now)
        for key, value in effects.state.items():
            if value is None:
                self.state.pop(key, None)
            else:
                self.state[key] = value
        return effects

    def record(self, topic: Topic, payload: Payload) -> Record:
        self._offset += 1
        encoded = Encoder("test").output(Output(topic, payload), self.now)
        return Record(topic.name, 0, self._offset, encoded.key, encoded.value, encoded.headers, self.now)

    def do(self, kind: type[commands.Command], **fields: Any) -> Effects:
        return self.step(self.record(topics.COMMANDS, kind.model_validate(stamped(**fields))))

    def begin(self, count: int) -> list[SendRequested]:
        """An invoke of so many contacts; its sends."""
        (list_id,) = self.do(commands.CreateList, metadata={}).replies[0].outcome.ids
        self.do(commands.AddContacts, list_id=list_id, contacts=contacts(count))
        begun = self.do(commands.CreateInvoke, list_id=list_id, offers=[offer()], throughput={}, ttl=60.0)
        key = (ACCOUNT, begun.replies[0].outcome.ids[0])
        plan = [PlannedContact(**c.model_dump(), contact_id=str(i)) for i, c in enumerate(contacts(count), 1)]
        self.step(arrivals=(SnapshotTaken(key, [(1, i, 1) for i in range(1, count + 1)]),))
        return found(self.step(arrivals=(ChunkRead(key, 0, plan, fresh=True),)), SendRequested)

    def accepted(self, send: SendRequested) -> Record:
        about = {name: getattr(send, name) for name in ("account", "message_id", "n", "invoke_id", "index", "channel")}
        fact = {**about, "provider": "nexmo", "attempt": 1, "at": NOW, "provider_ref": "r", "reply": {}}
        return self.record(topics.DELIVERIES, deliveries.DeliveryAccepted.model_validate(fact))


def found(effects: Effects, kind: type[F]) -> list[F]:
    return [output.payload for output in effects.outputs if isinstance(output.payload, kind)]


def test_a_provider_is_withdrawn_after_every_send_before_it_whatever_the_gateways_clocks_say() -> None:
    planner = Planner()
    before = found(planner.do(commands.CreateMessage, **MESSAGE, at=NOW + 3600), SendRequested)
    withdrawn = found(planner.do(commands.RemoveProvider, name="nexmo", at=NOW - 3600), ProviderWithdrawn)
    planner.do(commands.PutProvider, name="nexmo", credentials="sealed", at=NOW - 7200)
    after = found(planner.do(commands.CreateMessage, **MESSAGE, at=NOW - 7200), SendRequested)
    assert before[0].at <= withdrawn[0].at < after[0].at


def test_a_step_writes_the_state_of_those_invokes_only_that_something_happened_to() -> None:
    planner = Planner()
    begun = [planner.begin(3) for _ in range(20)]
    for sends in begun:
        planner.step(planner.accepted(sends[0]))
    effects = planner.step(planner.accepted(begun[7][1]))
    assert {key.split("/")[2] for key in effects.state} == {"8"}
    assert effects.wake_at is not None
    assert effects.wake_at > planner.now


def test_an_invoke_that_is_over_leaves_nothing_in_the_changelog() -> None:
    planner = Planner()
    for send in planner.begin(3):
        planner.step(planner.accepted(send))
    planner.now += 1
    planner.step()
    assert {key.split("/")[0] for key in planner.state} == {"account", "purse", "list"}
    planner.do(commands.DeleteList, list_id="1")
    assert {key.split("/")[0] for key in planner.state} == {"account", "purse"}


def test_a_restart_between_any_two_steps_changes_nothing() -> None:
    planner = Planner()
    sends = planner.begin(5)
    for send in sends:
        successor = PlannerTask(Planning(MemoryStore()))
        for key in sorted(planner.state, reverse=True):
            successor.restore(key, planner.state[key])
        successor.resume({}, planner.now)
        planner.task = successor
        planner.step(planner.accepted(send), planner.accepted(send))
    assert not any(key.startswith(("invoke/", "progress/", "final/")) for key in planner.state)


def test_single_messages_that_stay_open_do_not_make_the_state_of_others_larger() -> None:
    planner = Planner()
    planner.do(commands.TopUp, amount=Decimal(1000))
    many = [planner.record(topics.COMMANDS, commands.CreateMessage(**stamped(**MESSAGE))) for _ in range(4000)]
    sends = found(planner.step(*many), SendRequested)
    planner.step(*(planner.accepted(send) for send in sends[1::2]))
    effects = planner.step(planner.accepted(sends[2000]))
    assert sum(len(value or b"") for value in effects.state.values()) < 200
