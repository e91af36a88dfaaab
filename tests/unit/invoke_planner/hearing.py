"""A planner to whom people talk back, and vendors report."""

from itertools import count
from typing import Any

from dapi_common import topics
from dapi_common.bus.port import Effects
from dapi_common.events import deliveries, receipts
from dapi_common.events.inbound import InboundReceived
from dapi_common.events.sends import SendRequested
from dapi_common.store.memory import MemoryStore
from invoke_planner.planning import Planning
from invoke_planner.worker import PlannerTask
from tests.unit.invoke_planner.deciding import ACCOUNT, NOW
from tests.unit.invoke_planner.test_worker import Planner

ANN = "+447700900001"


def received(number: int, kind: str = "opt-out", sender: str = ANN, **fields: Any) -> InboundReceived:
    """Something that somebody sent; an opt-out unless told otherwise."""
    said = {
        "account": ACCOUNT,
        "inbound_id": f"in-{number}",
        "kind": kind,
        "provider": "nexmo",
        "channel": "sms",
        "sender": sender,
        "recipient": "+447700900999",
        "text": "STOP",
        "suppress": kind in ("opt-out", "complaint", "bounce"),
        "reply": {"keyword": "STOP"},
        "at": NOW,
    }
    return InboundReceived.model_validate({**said, **fields})


class Hearing(Planner):
    """Keeps its own log of events, too."""

    def __init__(self) -> None:
        self.log: list[Any] = []
        self._said = count(1)
        super().__init__()

    def step(self, *records: Any, arrivals: tuple[object, ...] = ()) -> Effects:
        effects = super().step(*records, arrivals=arrivals)
        self.log += [output.payload for output in effects.outputs if output.topic == topics.EVENTS]
        return effects

    def hear(self, kind: str = "opt-out", sender: str = ANN, **fields: Any) -> Effects:
        """Somebody sends something."""
        return self.hear_again(received(next(self._said), kind, sender, **fields))

    def hear_again(self, *what: InboundReceived) -> Effects:
        """Vendors pass these on."""
        return self.step(*(self.record(topics.INBOUND, each) for each in what))

    def refused(self, send: SendRequested, suppress: str) -> Effects:
        """The vendor refuses a send, for good, because of its recipient."""
        why = {"reason": "provider-rejected", "code": "7", "description": "barred", "reply": {}}
        return self._fact(deliveries.DeliveryRefused, send, suppress=suppress, **why)

    def reported(self, send: SendRequested, suppress: str, **fields: Any) -> Effects:
        """The vendor reports of a send that it took."""
        said = {"provider_ref": "r", "event": "failed", "status": "undelivered", "reply": {}}
        return self._fact(receipts.DeliveryReported, send, suppress=suppress, **{**said, **fields})

    def reported_by_reference(self, provider: str, suppress: str) -> Effects:
        """The vendor reports of something that only it knows."""
        said = {"provider_ref": "r", "event": "bounced", "is_bounce": True, "reply": {}, "at": NOW}
        fact = {"account": ACCOUNT, "provider": provider, "suppress": suppress, **said}
        return self.step(self.record(topics.DELIVERIES, receipts.ReferenceReported.model_validate(fact)))

    def _fact(self, kind: type[deliveries.DeliveryFact], send: SendRequested, **fields: Any) -> Effects:
        names = ("account", "message_id", "n", "invoke_id", "index", "channel", "provider")
        about = {name: getattr(send, name) for name in names}
        return self.step(
            self.record(topics.DELIVERIES, kind.model_validate({**about, "attempt": 1, "at": NOW, **fields}))
        )

    def restart(self) -> None:
        """Another task goes on from the changelog, which comes in any order."""
        self.task = PlannerTask(Planning(MemoryStore()))
        for key in sorted(self.state, reverse=True):
            self.task.restore(key, self.state[key])
        self.task.resume({}, self.now)
