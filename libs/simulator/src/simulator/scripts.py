"""What happens to the next submissions to a recipient, as tests write it down beforehand."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from simulator.receipts import ReceiptPlan

EVERYBODY = "*"


class _Step(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    delay_ms: float = Field(default=0, ge=0)


class Taking(_Step):
    """A step that takes the message, or may. Without `receipts` those of the settings follow; an empty list is a
    message of which nothing is ever heard."""

    receipts: tuple[ReceiptPlan, ...] | None = None


class Accept(Taking):
    outcome: Literal["accept"] = "accept"


class Error(_Step):
    """A row of the provider's error table: a nexmo status, a twilio code, the name of an AWS error. Unknown codes
    are played too."""

    outcome: Literal["error"]
    code: str = Field(pattern=r"^(\d{1,5}|[A-Za-z0-9][A-Za-z0-9._-]{2,63})$")


class Throttle(_Step):
    """HTTP 429, not processed, with or without `Retry-After`."""

    outcome: Literal["throttle"]
    retry_after: int | None = Field(default=None, ge=0)


class Http(_Step):
    """A bare HTTP answer; the message was not taken."""

    outcome: Literal["http"]
    status: int = Field(ge=200, le=599)
    body: str = ""


class ErrorAfterAccepting(Taking):
    outcome: Literal["error-after-accepting"]
    status: int = Field(default=500, ge=400, le=599)


class Cut(Taking):
    """The request is read, then the connection closes without an answer."""

    outcome: Literal["cut"]
    after_accepting: bool = False


class Hang(Taking):
    """Nothing for so long; then the usual answer if the message was taken, else a closed connection."""

    outcome: Literal["hang"]
    seconds: float = Field(ge=0)
    after_accepting: bool = False


Step = Annotated[Accept | Error | Throttle | Http | ErrorAfterAccepting | Cut | Hang, Field(discriminator="outcome")]
ACCEPT = Accept()


class Script(BaseModel):
    """One step a submission, in order. When they are used up, the last one goes on if `repeat`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    steps: tuple[Step, ...] = Field(min_length=1)
    repeat: bool = False

    def step(self, n: int) -> Step | None:
        if n < len(self.steps):
            return self.steps[n]
        return self.steps[-1] if self.repeat else None


class Scripts:
    """A recipient's own script, then everybody's, of which each recipient takes every step; then `accept`."""

    def __init__(self) -> None:
        self._scripts: dict[str, Script] = {}
        self._used: dict[tuple[str, str], int] = {}

    def put(self, recipient: str, script: Script) -> None:
        """Replaces the recipient's script, and begins it at its first step."""
        owner = _number(recipient)
        self._scripts[owner] = script
        self._used = {key: used for key, used in self._used.items() if key[0] != owner}

    def clear(self) -> None:
        self._scripts, self._used = {}, {}

    def next(self, recipient: str) -> Step:
        if not self._scripts:
            return ACCEPT
        number = _number(recipient)
        return self._advance(number, number) or self._advance(EVERYBODY, number) or ACCEPT

    def _advance(self, owner: str, number: str) -> Step | None:
        script = self._scripts.get(owner)
        if script is None:
            return None
        used = self._used.get((owner, number), 0)
        self._used[owner, number] = used + 1
        return script.step(used)


def _number(recipient: str) -> str:
    """`+31…` and `31…` are one recipient: providers differ in which they want."""
    return recipient.lstrip("+")
