"""What an account's GETs must answer, kept in plain dicts. What goes through nexmo is sent at once, what goes through
twilio is handed over and never answered, and no other provider is offered by an invoke."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from typing import Any

Json = dict[str, Any]
LISTS, CONTACTS, CREDITS, FEE = 4, 6, Decimal(1000), Decimal("0.01")
RECIPIENT = {"nexmo": "to", "twilio": "To"}
OFFERS: dict[str, Json] = {
    "nexmo": {"type": "sms", "provider": "nexmo", "arguments": {"from": "Dapi", "text": "Hi"}},
    "twilio": {"type": "sms", "provider": "twilio", "arguments": {"From": "Dapi", "Body": "Hi"}},
}
SENT = {"nexmo": "completed", "twilio": "pending"}


@dataclass
class ListModel:
    """A list."""

    metadata: Json
    contacts: dict[int, Json] = field(default_factory=dict)
    next_id: int = 1

    def shown(self) -> list[Json]:
        """Its contacts, by id."""
        return [{"id": str(n), **contact} for n, contact in sorted(self.contacts.items())]


@dataclass
class InvokeModel:
    """An invoke, once all that can happen has happened. `planned` is the list as it stood."""

    id: str
    list_id: str
    first_n: int
    offers: Sequence[Json]
    planned: Sequence[tuple[int, Json]]
    stopped: bool = False

    def statuses(self) -> list[str]:
        """Of its contacts, in the order of the plan. Whom nobody could contact yet waits, or is stopped."""
        found: list[str] = []
        blocked = False
        for _, group in groupby(self.planned, key=lambda entry: int(entry[1]["order"])):
            fates = [self._fate(contact) for _, contact in group]
            found += ["waiting"] * len(fates) if blocked else fates
            blocked = blocked or "pending" in fates
        return found

    def _fate(self, contact: Json) -> str:
        return SENT[contact["provider"]] if self.offer(contact) else "failed"

    def offer(self, contact: Json) -> Json | None:
        """What the invoke sends through the contact's provider."""
        route = (contact["type"], contact["provider"])
        return next((o for o in self.offers if (o["type"], o["provider"]) == route), None)

    @property
    def status(self) -> str:
        """Of the invoke."""
        if self.stopped:
            return "stopped"
        return "running" if {"pending", "waiting"} & set(self.statuses()) else "completed"

    def seen(self) -> list[str]:
        """The statuses as a GET shows them."""
        waiting = "stopped" if self.stopped else "pending"
        return [waiting if status == "waiting" else status for status in self.statuses()]

    def charged(self) -> int:
        """How many of its messages are paid for: those that failed or were stopped are refunded."""
        return sum(status in ("completed", "pending") for status in self.seen())

    def shown(self) -> Json:
        """The invoke."""
        seen = self.seen()
        counts = {name: seen.count(name) for name in ("pending", "completed", "failed", "stopped")}
        contacts = [
            {"id": str(n), **contact, "status": status, "message_id": f"{self.id}-{n}"}
            for (n, contact), status in zip(self.planned, seen, strict=True)
        ]
        progress = {name: str(count) for name, count in {"total": len(seen), **counts}.items()}
        return {
            "id": self.id, "status": self.status, "list_id": self.list_id, "providers": list(self.offers),
            "contacts": contacts, "progress": progress,
        }  # fmt: skip

    def messages(self) -> Iterator[tuple[int, Json]]:
        """Those that are known: sent or skipped, by number."""
        for place, ((n, contact), status) in enumerate(zip(self.planned, self.statuses(), strict=True)):
            if status != "waiting":
                offer = self.offer(contact)
                provider = contact["provider"]
                arguments = {**offer["arguments"], RECIPIENT[provider]: contact["contact"]} if offer else {}
                message = _message(f"{self.id}-{n}", status, provider, contact["type"], arguments)
                yield self.first_n + place, {**message, "invoke_id": self.id, "contact_id": str(n)}


def _message(message: str, status: str, provider: str, kind: str, arguments: Mapping[str, Any]) -> Json:
    code = "message-invalid-provider" if status == "failed" else ""
    return {
        "id": message, "status": status, "provider": provider, "type": kind, "error-code": code,
        "arguments": dict(arguments),
    }  # fmt: skip


@dataclass
class AccountModel:
    """An account."""

    lists: dict[str, ListModel] = field(default_factory=dict)
    singles: list[tuple[int, Json]] = field(default_factory=list)
    invokes: dict[str, InvokeModel] = field(default_factory=dict)
    next_list: int = 1
    next_invoke: int = 1
    next_n: int = 1
    handed_over: int = 0
    """How many sends twilio has been given."""
    charged: int = 0
    """Messages of deleted invokes that are paid for."""

    def new_list(self, metadata: Json) -> str:
        """Its id."""
        made, self.next_list = str(self.next_list), self.next_list + 1
        self.lists[made] = ListModel(metadata)
        return made

    def add(self, list_id: str, contacts: Iterable[Json]) -> list[str]:
        """Their ids."""
        of = self.lists[list_id]
        ids = []
        for contact in contacts:
            of.contacts[of.next_id] = contact
            ids.append(str(of.next_id))
            of.next_id += 1
        return ids

    def send(self, provider: str, arguments: Json) -> str:
        """The id of a single message."""
        made = str(len(self.singles) + 1)
        self.singles.append((self.next_n, _message(made, SENT[provider], provider, "sms", arguments)))
        self.next_n += 1
        self.handed_over += provider == "twilio"
        return made

    def invoke(self, list_id: str, offers: Sequence[Json]) -> str:
        """The id of an invoke of a list that has contacts."""
        made, self.next_invoke = str(self.next_invoke), self.next_invoke + 1
        planned = sorted(self.lists[list_id].contacts.items(), key=lambda entry: (int(entry[1]["order"]), entry[0]))
        invoke = InvokeModel(made, list_id, self.next_n, offers, [(n, dict(contact)) for n, contact in planned])
        self.invokes[made] = invoke
        self.next_n += len(planned)
        self.handed_over += invoke.statuses().count("pending")
        return made

    def delete(self, invoke: str) -> None:
        """It and its messages."""
        self.charged += self.invokes.pop(invoke).charged()

    def messages(self) -> list[Json]:
        """All that are known, newest first."""
        known = [*self.singles, *(entry for invoke in self.invokes.values() for entry in invoke.messages())]
        return [message for _, message in sorted(known, key=lambda entry: -entry[0])]

    def balance(self) -> Decimal:
        """What is left."""
        of_invokes = sum(invoke.charged() for invoke in self.invokes.values())
        return CREDITS - FEE * (len(self.singles) + of_invokes + self.charged)

    def shown(self) -> Json:
        """Everything that the GETs answer."""
        return {
            "lists": [{"id": name, "metadata": of.metadata} for name, of in self.lists.items()],
            "contacts": {name: of.shown() for name, of in self.lists.items()},
            "messages": self.messages(),
            "invokes": [invoke.shown() for invoke in reversed(self.invokes.values())],
            "balance": str(self.balance()),
        }
