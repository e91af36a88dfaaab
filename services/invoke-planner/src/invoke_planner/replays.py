"""Idempotency keys: the first answer to a command, kept so that its repetition gets the same and changes nothing."""

from hashlib import sha256

from dapi_common.events.commands import Command
from dapi_common.events.outcomes import CommandOutcome
from invoke_planner.account import State

KEPT_SECONDS = 8 * 24 * 3600
"""A day more than is promised, so that clocks may differ."""
KIND = "key"


class Kept(State):
    """The first answer, and the digest of the request that got it."""

    digest: str
    at: float
    outcome: CommandOutcome


class Replays:
    """The kept answers by state key, `key/<account>/<hash of the idempotency key>`, oldest first."""

    def __init__(self) -> None:
        self._kept: dict[str, Kept] = {}
        self._changes: dict[str, bytes | None] = {}

    def restore(self, key: str, value: bytes) -> None:
        """One entry of the changelog."""
        self._kept[key] = Kept.model_validate_json(value)

    def resume(self) -> None:
        """The state is complete."""
        self._kept = dict(sorted(self._kept.items(), key=lambda item: item[1].at))

    def find(self, command: Command) -> CommandOutcome | None:
        """The answer to a repetition; None when the command is the first with its key, or has none."""
        kept = self._kept.get(_key(command))
        if command.idempotency is None or kept is None:
            return None
        answer = {"command_id": command.command_id, "replayed": True}
        if kept.digest == command.idempotency.digest:
            return kept.outcome.model_copy(update=answer)
        return CommandOutcome(
            account=command.account,
            command_id=command.command_id,
            error="idempotency-key-reused",
            description="This Idempotency-Key came with another request before: use a new one.",
        )

    def keep(self, command: Command, outcome: CommandOutcome) -> None:
        """The answer to the first command with its key."""
        if command.idempotency is None:
            return
        kept = Kept(digest=command.idempotency.digest, at=command.at, outcome=outcome)
        self._kept[_key(command)] = kept
        self._changes[_key(command)] = kept.model_dump_json().encode()

    def changes(self, now: float) -> dict[str, bytes | None]:
        """What changed since the last call, as changelog entries; what is too old is forgotten."""
        while self._kept:
            key, kept = next(iter(self._kept.items()))
            if kept.at > now - KEPT_SECONDS:
                break
            del self._kept[key]
            self._changes[key] = None
        changes, self._changes = self._changes, {}
        return changes


def _key(command: Command) -> str:
    given = command.idempotency.key if command.idempotency else ""
    return f"{KIND}/{command.account}/{sha256(given.encode()).hexdigest()}"
