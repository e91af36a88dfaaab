from typing import Any

from dapi_common.events.commands import CreateList, Idempotency
from dapi_common.events.outcomes import CommandOutcome
from invoke_planner.replays import KEPT_SECONDS, Replays

NOW = 1_700_000_000.0


def command(key: str | None = "k", digest: str = "d", account: str = "acme", at: float = NOW) -> CreateList:
    fields: dict[str, Any] = {
        "account": account,
        "command_id": f"{key}-{at}",
        "reply_to": "g",
        "at": at,
        "metadata": {},
    }
    return CreateList(**fields, idempotency=Idempotency(key=key, digest=digest) if key else None)


def answered(replays: Replays, to: CreateList, *ids: str) -> None:
    replays.keep(to, CommandOutcome(account=to.account, command_id=to.command_id, ids=ids))


def test_a_repetition_gets_the_first_answer_under_its_own_command() -> None:
    replays = Replays()
    assert replays.find(command()) is None
    answered(replays, command(), "7")
    again = replays.find(command(at=NOW + 5))
    assert again is not None
    assert (again.ids, again.replayed, again.command_id) == (("7",), True, f"k-{NOW + 5}")


def test_the_same_key_with_another_request_is_refused() -> None:
    replays = Replays()
    answered(replays, command(), "7")
    other = replays.find(command(digest="other"))
    assert other is not None
    assert other.error == "idempotency-key-reused"


def test_keys_are_the_accounts_own_and_optional() -> None:
    replays = Replays()
    answered(replays, command(), "7")
    assert replays.find(command(account="other")) is None
    answered(replays, command(key=None), "8")
    assert replays.find(command(key=None)) is None
    assert len(replays.changes(NOW)) == 1


def test_a_successor_knows_the_keys_and_forgets_them_after_eight_days() -> None:
    replays, successor = Replays(), Replays()
    answered(replays, command("old", at=NOW), "1")
    answered(replays, command("new", at=NOW + 100), "2")
    for key, value in reversed(replays.changes(NOW).items()):
        assert value is not None
        successor.restore(key, value)
    successor.resume()
    gone = successor.changes(NOW + KEPT_SECONDS + 1)
    assert list(gone.values()) == [None]
    assert successor.find(command("old")) is None
    assert successor.find(command("new")) is not None
