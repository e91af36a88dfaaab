"""The state of inbox and suppressions: what the log makes of it, and what the changelog keeps of it."""

from itertools import product
from typing import Any, get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from dapi_common import events
from dapi_common.events import commands
from dapi_common.events.shapes import Channel
from dapi_common.ids import SuppressionId
from invoke_planner.accounts import Accounts
from tests.unit.invoke_planner.deciding import ACCOUNT, NOW
from tests.unit.invoke_planner.hearing import Hearing

ADDRESSES = ("+447700900001", "+447700900002", "ann@example.org", "token")
CHANNELS: tuple[Channel, ...] = get_args(Channel)
OF: dict[str, Channel] = {ADDRESSES[2]: "email", ADDRESSES[3]: "push"}

heard = st.tuples(
    st.just("hear"),
    st.sampled_from(["message", "opt-out", "opt-in", "complaint", "bounce"]),
    st.sampled_from(ADDRESSES),
)
asked = st.tuples(st.just("ask"), st.sampled_from(["suppress", "lift"]), st.integers(0, 3))
told = st.tuples(st.just("tell"), st.sampled_from(["mailgun", "nexmo"]), st.sampled_from(ADDRESSES))
restarted = st.tuples(st.just("restart"), st.just(""), st.just(0))


def play(planner: Hearing, what: str, how: str, whom: Any) -> None:
    match what, how:
        case "hear", _:
            planner.hear(how, sender=whom, channel=OF.get(whom, "sms"))
        case "ask", "suppress":
            address = ADDRESSES[whom]
            planner.do(commands.SuppressContact, channel=OF.get(address, "voice"), address=address)
        case "ask", _:
            planner.do(commands.LiftSuppression, suppression_id=str(whom + 1))
        case "tell", _:
            planner.reported_by_reference(how, whom)
        case _:
            planner.restart()


def known(accounts: Accounts) -> object:
    """All that can be asked of the state."""
    found = {
        (channel, address): accounts.suppressions.find(ACCOUNT, channel, address)
        for channel, address in product(CHANNELS, ADDRESSES)
    }
    numbers = [SuppressionId(str(number)) for number in range(60)]
    held = [number for number in numbers if accounts.suppressions.has(ACCOUNT, number)]
    asked_for = [number for number in held if accounts.suppressions.is_asked_for(ACCOUNT, number)]
    next_ones = accounts.suppressions.next(ACCOUNT), accounts.inbox.next(ACCOUNT)
    return found, held, asked_for, next_ones


@settings(max_examples=60)
@given(st.lists(heard | asked | told | restarted, max_size=25))
def test_the_log_the_changelog_and_the_living_have_one_state(plays: list[tuple[str, str, Any]]) -> None:
    planner = Hearing()
    for each in plays:
        play(planner, *each)
    living, folded, restored = planner.task._accounts, Accounts(), Accounts()
    for event in planner.log:
        folded.fold(events.EVENTS.model(event.TYPE).decode(event.encode()))  # type: ignore[arg-type]
    for key, value in planner.state.items():
        restored.restore(key, value)
    restored.resume()
    assert known(folded) == known(restored) == known(living)


def test_a_lifted_suppression_leaves_nothing_but_the_sequence_in_the_changelog() -> None:
    planner = Hearing()
    planner.hear("opt-out")
    assert sum(key.startswith("suppressed/") for key in planner.state) == 1
    planner.hear("opt-in")
    assert {key for key in planner.state if key.startswith("suppress")} == {f"suppressions/{ACCOUNT}"}


def test_no_address_stands_in_the_changelog() -> None:
    planner = Hearing()
    planner.hear("opt-out")
    assert not any(b"4477009" in key.encode() + value for key, value in planner.state.items())


def test_a_contact_more_costs_the_changelog_as_little_as_the_first() -> None:
    planner = Hearing()
    sizes = []
    for number in range(50):
        effects = planner.hear("opt-out", sender=f"+44770091{number:04}", at=NOW + number)
        sizes.append(sum(len(key) + len(value or b"") for key, value in effects.state.items()))
    assert max(sizes) < min(sizes) + 20
