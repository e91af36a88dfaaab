"""One running invoke: its plan as far as it is in memory, and which of its contacts go next."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from dapi_common.bus.port import Job
from dapi_common.contacts import PLAN_CHUNK
from dapi_common.events.invokes import InvokeAccepted, InvokePlanned, MessageSkipped
from dapi_common.events.sends import SendRequested
from dapi_common.events.shapes import JsonObject, Pace, PlannedContact
from dapi_common.ids import invoke_message_id
from dapi_common.provider import catalog
from invoke_planner.account import Account
from invoke_planner.planning import ChunkRead, Key, Planning, Snapshot
from invoke_planner.progress import Progress, window
from invoke_planner.suppressions import Suppressions

_CHUNKS_AHEAD = 3
"""Chunks of a plan that are kept in memory, from the one that is being released on."""


@dataclass(slots=True)
class Invoke:
    """An invoke that is not over: what was accepted, how far it is, and what is in memory only."""

    accepted: InvokeAccepted
    progress: Progress
    snapshot: Snapshot | None = None
    picks: list[int] | None = None
    """Of a retry: the indexes in the plan of the invoke that it retries, by its own."""
    chunks: dict[int, list[PlannedContact]] = field(default_factory=dict)
    reading: set[str] = field(default_factory=set)

    report_at: float | None = None
    """When its next report was asked for."""

    @property
    def key(self) -> Key:
        """Whose it is, and which."""
        return self.accepted.account, self.accepted.invoke_id

    @property
    def over(self) -> bool:
        """Every contact has its final outcome, and the plan is in the log whole (unless nobody will ask for it)."""
        planned = self.fully_planned or self.progress.is_deleted
        return planned and self.progress.final.count == self.accepted.total

    def is_wanted(self) -> bool:
        """Whether anybody will ask for its plan."""
        return not self.progress.is_deleted

    @property
    def chunk_count(self) -> int:
        """How many chunks its plan has."""
        return -(-self.accepted.total // PLAN_CHUNK)

    @property
    def fully_planned(self) -> bool:
        """Whether the plan is in the log whole."""
        return self.progress.planned >= self.chunk_count

    def keep(self, chunk: int, contacts: list[PlannedContact]) -> None:
        """Keeps a chunk in memory if it is soon to be released."""
        current = self.progress.released // PLAN_CHUNK
        if current <= chunk < current + _CHUNKS_AHEAD:
            self.chunks[chunk] = contacts
        self.chunks = {number: kept for number, kept in self.chunks.items() if number >= current}

    def plan(self, chunk: ChunkRead, now: float) -> InvokePlanned:
        """The next chunk of the plan, as the log keeps it."""
        self.reading.discard(f"details {chunk.chunk}")
        self.progress.planned = chunk.chunk + 1
        if self.fully_planned:
            self.snapshot = self.picks = None
        return InvokePlanned(
            account=self.accepted.account,
            invoke_id=self.accepted.invoke_id,
            chunk=chunk.chunk,
            first_index=chunk.chunk * PLAN_CHUNK,
            contacts=chunk.contacts,
            at=now,
        )

    def needs(self, planning: Planning) -> Iterator[Job]:
        """The reading that has to be done next, each once."""
        if self.progress.is_deleted:
            return
        if not self.fully_planned:
            yield from self._needs_plan(planning)
        current = self.progress.released // PLAN_CHUNK
        if not self.progress.is_stopped and current < self.progress.planned and current not in self.chunks:
            yield from self._once(f"chunk {current}", planning.reload(self.accepted, current, self.is_wanted))

    def _needs_plan(self, planning: Planning) -> Iterator[Job]:
        chunk = self.progress.planned
        if self.accepted.retry_of is not None:
            job = planning.again(self.accepted, chunk, self._picked(chunk), self.is_wanted, self._is_needed_soon)
        elif self.snapshot is not None:
            job = planning.details(self.accepted, chunk, self.snapshot, self.is_wanted, self._is_needed_soon)
        else:
            yield from self._once("snapshot", planning.snapshot(self.accepted, self.is_wanted))
            return
        yield from self._once(f"details {chunk}", job)

    def _is_needed_soon(self) -> bool:
        """The next chunk of the plan: it is about to be released, or the plan is all that the invoke waits for."""
        soon = self.progress.released // PLAN_CHUNK + _CHUNKS_AHEAD
        return self.progress.planned < soon or self.progress.is_stopped

    def _picked(self, chunk: int) -> list[int]:
        if self.picks is None:
            self.picks = [index for start, end in self.accepted.retried for index in range(start, end)]
        return self.picks[chunk * PLAN_CHUNK : (chunk + 1) * PLAN_CHUNK]

    def _once(self, name: str, job: Job) -> Iterator[Job]:
        if name not in self.reading:
            self.reading.add(name)
            yield job

    def held(self, account: Account, now: float) -> bool:
        """Whether nothing of it is released: it is paused. What is too late is released all the same, to expire."""
        return int(self.accepted.invoke_id) in account.paused and now < self.accepted.deadline

    def release(
        self, account: Account, suppressions: Suppressions, limit: int, now: float
    ) -> Iterator[SendRequested | MessageSkipped]:
        """The contacts that may go now, in the order of the plan, at most `limit`."""
        if self.held(account, now):
            return
        room = min(limit, window(self.accepted, account.limits.mps) - self.progress.outstanding)
        strict = self.accepted.ordering == "strict"
        while room > 0 and (contact := self._next()) and self.progress.may_start(contact.order, strict):
            index = self.progress.release(contact.order, contact.channel)
            outcome = self._send(account, suppressions, index, contact, now)
            if isinstance(outcome, MessageSkipped):
                self.progress.settle(index, "failed", contact.channel, refund=True)
            room -= 1
            yield outcome

    def _next(self) -> PlannedContact | None:
        if self.progress.is_stopped or self.progress.released >= self.accepted.total:
            return None
        chunk, place = divmod(self.progress.released, PLAN_CHUNK)
        contacts = self.chunks.get(chunk)
        return contacts[place] if contacts and chunk < self.progress.planned else None

    def _send(
        self, account: Account, suppressions: Suppressions, index: int, contact: PlannedContact, now: float
    ) -> SendRequested | MessageSkipped:
        arguments = self._arguments(contact)
        credentials = account.providers.get(contact.provider)
        if arguments is None:
            return self._skip(index, contact, "message-invalid-provider", now)
        if credentials is None:
            return self._skip(index, contact, "provider-not-found", now)
        everybody = catalog.everybody(contact.provider, contact.channel, arguments)
        if suppressions.any_of(account.id, contact.channel, everybody):
            return self._skip(index, contact, "suppressed", now)
        accepted = self.accepted
        return SendRequested.model_construct(
            account=accepted.account,
            message_id=invoke_message_id(accepted.invoke_id, contact.contact_id),
            n=accepted.first_n + index,
            invoke_id=accepted.invoke_id,
            index=index,
            contact_id=contact.contact_id,
            address=contact.address,
            provider=contact.provider,
            channel=contact.channel,
            arguments=arguments,
            credentials=credentials,
            account_mps=account.limits.mps,
            pace=accepted.throughput.get(contact.channel, Pace()),
            deadline=accepted.deadline,
            on_unknown=accepted.on_unknown,
            at=now,
        )

    def _arguments(self, contact: PlannedContact) -> JsonObject | None:
        for offer in self.accepted.offers:
            if offer.provider == contact.provider and offer.channel == contact.channel:
                return catalog.addressed(contact.provider, contact.channel, offer.arguments, contact.address)
        return None

    def _skip(self, index: int, contact: PlannedContact, reason: str, now: float) -> MessageSkipped:
        return MessageSkipped.model_validate(
            {
                "account": self.accepted.account,
                "message_id": invoke_message_id(self.accepted.invoke_id, contact.contact_id),
                "n": self.accepted.first_n + index,
                "invoke_id": self.accepted.invoke_id,
                "index": index,
                "contact_id": contact.contact_id,
                "provider": contact.provider,
                "channel": contact.channel,
                "address": contact.address,
                "reason": reason,
                "at": now,
            }
        )
