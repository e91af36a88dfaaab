"""An account under test: commands in, events folded, state at hand."""

from decimal import Decimal
from typing import Any

from dapi_common.events import commands
from dapi_common.events.shapes import Contact, Limits, Offer
from dapi_common.ids import AccountId
from invoke_planner.accounts import Accounts
from invoke_planner.decide import decide, ids_of, open_account
from invoke_planner.decision import Decision, Rejected

ACCOUNT = AccountId("acme")
NOW = 1_700_000_000.0
FEES = {"sms": Decimal("0.01"), "voice": Decimal("0.02")}


def stamped(**fields: Any) -> dict[str, Any]:
    return {"account": ACCOUNT, "command_id": "c", "reply_to": "g", "at": NOW, **fields}


def contacts(count: int, channel: str = "sms", provider: str = "nexmo") -> list[Contact]:
    made = [{"channel": channel, "provider": provider, "order": 1, "address": f"+4477009{n:05}"} for n in range(count)]
    return [Contact.model_validate(one) for one in made]


def offer(provider: str = "nexmo") -> Offer:
    return Offer.model_validate({"channel": "sms", "provider": provider, "arguments": {"from": "Dapi", "text": "Hi"}})


class Deciding:
    """Applies commands to one account, as the worker does."""

    def __init__(self, credits: str = "10", **limits: int) -> None:
        self.accounts = Accounts()
        self.log: list[Any] = []
        known = Limits.model_validate({"mps": 10, "lists": 3, "contacts_per_list": 5, **limits})
        opening = commands.OpenAccount(**stamped(secret_hash="h", limits=known, fees=FEES, credits=Decimal(credits)))
        self._fold(open_account(opening))

    @property
    def account(self) -> Any:
        return self.accounts[ACCOUNT]

    @property
    def purse(self) -> Any:
        return self.accounts.purse(ACCOUNT)

    def do(self, kind: Any, **fields: Any) -> Decision:
        decision = decide(self.account, self.purse, kind(**stamped(**fields)))
        return self._fold(decision)

    def ids(self, kind: Any, **fields: Any) -> tuple[str, ...]:
        """What an accepted command names."""
        decision = self.do(kind, **fields)
        assert not isinstance(decision, Rejected)
        return ids_of(decision)

    def refused(self, kind: Any, **fields: Any) -> str:
        """The code of the refusal; nothing may have changed."""
        before = self.accounts.get(ACCOUNT), self.accounts.purse(ACCOUNT)
        decision = self.do(kind, **fields)
        assert isinstance(decision, Rejected)
        assert (self.accounts.get(ACCOUNT), self.accounts.purse(ACCOUNT)) == before
        return decision.code

    def _fold(self, decision: Decision) -> Decision:
        if not isinstance(decision, Rejected):
            for event in decision:
                self.log.append(event)
                self.accounts.fold(event)
        return decision
