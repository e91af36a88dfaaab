"""The demo: an account with two providers, a list of contacts, and an invoke of it, watched and then judged."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from local_stack.client import JSON, Client, ledger_of
from local_stack.contacts import Contact, chunks
from local_stack.figures import Submission, mean_rate, order_violations, peak_in_a_second

CEILING = 200
"""Messages per second that the demo's invoke asks for."""
POLL_SECONDS = 0.2
PROVIDERS = {
    "nexmo": {"API_KEY": "demo-key", "API_SECRET": "demo-secret"},
    "twilio": {"ACCOUNT_SID": "AC00000000000000000000000000000001", "AUTH_TOKEN": "demo-token"},
}
OFFERS = (
    {"type": "sms", "provider": "nexmo", "arguments": {"from": "Dapi", "text": "This is a test from Nexmo"}},
    {"type": "sms", "provider": "twilio", "arguments": {"From": "Dapi", "Body": "This is a test from Twilio"}},
)


class DemoFailed(RuntimeError):
    """The invoke did not come to its end in time."""


@dataclass(frozen=True, slots=True)
class Report:
    """What came of the invoke: its own counts, and what the providers saw."""

    total: int
    completed: int
    failed: int
    accepted: int
    submissions: int
    rate: float
    peak: int
    violations: int

    def problems(self) -> list[str]:
        """What is not as it should be, in words."""
        found = {
            f"{self.completed} of {self.total} messages completed": self.completed != self.total,
            f"the providers took {self.accepted} messages of {self.total}": self.accepted != self.total,
            f"order violated {self.violations} times": self.violations > 0,
            f"{self.peak} messages in one second, above {CEILING}": self.peak > CEILING * 1.01 + 1,
        }
        return [problem for problem, true in found.items() if true]


async def run_demo(client: Client, simulator_url: str, contacts: Sequence[Contact], out: Console) -> Report:
    """Sets the account up, invokes the list and waits for the end. Raises CallFailed or DemoFailed."""
    for name, credentials in PROVIDERS.items():
        await client.call("PUT", f"/v1/providers/{name}", dict(credentials))
    list_id = await _load(client, contacts)
    before = len(await ledger_of(simulator_url))
    invoke = {"list_id": list_id, "providers": list(OFFERS), "throughput": {"sms": {"mps": str(CEILING)}}}
    invoke_id = (await client.call("PUT", "/v1/invokes", invoke))["id"]
    out.print(f"invoke {invoke_id}: {len(contacts)} contacts of list {list_id}, at most {CEILING} a second")
    counts = await _watch(client, invoke_id, len(contacts), out)
    return report(counts, (await ledger_of(simulator_url))[before:], contacts)


async def _load(client: Client, contacts: Sequence[Contact]) -> str:
    created = await client.call("PUT", "/v1/lists", {"metadata": {"name": "Demo"}})
    for chunk in chunks(contacts):
        await client.call("PUT", f"/v1/lists/{created['id']}/contacts", {"contacts": list(chunk)})
    return str(created["id"])


async def _watch(client: Client, invoke_id: str, total: int, out: Console) -> JSON:
    """Shows the progress until the invoke has ended, and answers with its last counts."""
    columns = (TextColumn("{task.description:>9}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    patience = 30 + 3 * total / CEILING
    try:
        async with asyncio.timeout(patience):
            with Progress(*columns, console=out) as bars:
                return await _until_ended(client, invoke_id, bars, total)
    except TimeoutError:
        raise DemoFailed(f"invoke {invoke_id} was still running after {patience:.0f} s") from None


async def _until_ended(client: Client, invoke_id: str, bars: Progress, total: int) -> JSON:
    tasks = {name: bars.add_task(name, total=total) for name in ("completed", "failed")}
    while True:
        invoke = await client.call("GET", f"/v1/invokes/{invoke_id}?limit=1")
        progress: JSON = invoke["progress"]
        for name, task in tasks.items():
            bars.update(task, completed=int(progress[name]))
        if invoke["status"] != "running":
            return progress
        await asyncio.sleep(POLL_SECONDS)


def report(counts: JSON, entries: Sequence[JSON], contacts: Sequence[Contact]) -> Report:
    """Judges the counts of an invoke and the ledger's entries of it."""
    order_of = {contact["contact"].lstrip("+"): int(contact["order"]) for contact in contacts}
    submissions = [
        Submission(float(entry["at"]), entry["to"].lstrip("+"), entry["outcome"] == "accepted")
        for entry in entries
        if entry["to"].lstrip("+") in order_of
    ]
    times = [submission.at for submission in submissions]
    return Report(
        total=int(counts["total"]),
        completed=int(counts["completed"]),
        failed=int(counts["failed"]),
        accepted=sum(submission.accepted for submission in submissions),
        submissions=len(submissions),
        rate=mean_rate(times),
        peak=peak_in_a_second(times),
        violations=order_violations(submissions, order_of),
    )


def show(found: Report, out: Console) -> None:
    """The summary for people."""
    out.print(f"accepted by providers {found.accepted} of {found.total} (in {found.submissions} submissions)")
    out.print(f"completed {found.completed}, failed {found.failed}")
    out.print(f"rate {found.rate:.1f}/s, at most {found.peak} in any second; ceiling {CEILING}/s")
    out.print(f"orders violated: {found.violations}")
    for problem in found.problems():
        out.print(f"[red]wrong: {problem}")
