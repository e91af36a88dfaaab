"""HTTP Basic against the table of accounts."""

from base64 import b64encode
from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_gateway.auth import MOST_HELD, Accounts, Failures
from api_gateway.errors import Problem
from dapi_common.bus.port import Record
from dapi_common.events.envelope import Undecodable, headers
from dapi_common.events.outcomes import AccountSnapshot
from dapi_common.events.shapes import Limits
from dapi_common.ids import AccountId
from dapi_common.secrets import secret_hash

ALICE = AccountId("alice")


def basic(user: str, secret: str) -> str:
    """An Authorization header."""
    return "Basic " + b64encode(f"{user}:{secret}".encode()).decode()


def snapshot(secret: str, account: AccountId = ALICE) -> Record:
    """The record that makes `secret` the account's."""
    payload = AccountSnapshot(
        account=account,
        secret_hash=secret_hash(account, secret),
        limits=Limits(mps=1, lists=100, contacts_per_list=100),
    )
    return Record("dapi.accounts", 0, 0, account.encode(), payload.encode(), headers(payload, "t", "1", 0.0), 0.0)


@pytest.fixture
def accounts() -> Accounts:
    table = Accounts()
    table.apply(snapshot("right"))
    return table


def test_the_right_secret_proves_the_account(accounts: Accounts) -> None:
    assert accounts.authenticate(basic("alice", "right")).account == ALICE


def test_the_scheme_is_read_in_any_case(accounts: Accounts) -> None:
    assert accounts.authenticate(basic("alice", "right").replace("Basic", "bAsIc"))


def test_a_secret_may_hold_colons() -> None:
    accounts = Accounts()
    accounts.apply(snapshot("a:b:c"))
    assert accounts.authenticate(basic("alice", "a:b:c"))


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Basic",
        "Basic ",
        "Basic ***",
        "Basic " + b64encode(b"alice").decode(),
        "Basic " + b64encode(b"alice:\xff").decode(),
        "Bearer right",
        basic("alice", "wrong"),
        basic("alice", ""),
        basic("bob", "right"),
        basic("", "right"),
        basic("alice ", "right"),
    ],
)
def test_anything_else_is_unauthorized(accounts: Accounts, header: str | None) -> None:
    with pytest.raises(Problem) as caught:
        accounts.authenticate(header)
    assert caught.value.status == 401
    assert caught.value.headers["WWW-Authenticate"].startswith("Basic ")


@given(st.text())
def test_no_header_breaks_it(header: str) -> None:
    with pytest.raises(Problem):
        Accounts().authenticate(header)


def test_regeneration_kills_the_old_secret_at_once(accounts: Accounts) -> None:
    accounts.apply(snapshot("newer"))
    assert accounts.authenticate(basic("alice", "newer"))
    with pytest.raises(Problem):
        accounts.authenticate(basic("alice", "right"))


def test_a_removed_account_is_nobody(accounts: Accounts) -> None:
    accounts.apply(Record("dapi.accounts", 0, 1, b"alice", None, (), 0.0))
    with pytest.raises(Problem):
        accounts.authenticate(basic("alice", "right"))


def test_a_record_that_cannot_be_read_changes_nothing(accounts: Accounts) -> None:
    with pytest.raises(Undecodable):
        accounts.apply(Record("dapi.accounts", 0, 1, b"alice", b"{}", (("ce_type", b"account.snapshot"),), 0.0))
    assert accounts.authenticate(basic("alice", "right"))


def test_the_first_failures_are_answered_at_once_and_later_ones_ever_later() -> None:
    failures = Failures()
    delays = [failures.delay("192.0.2.1", float(i)) for i in range(20)]
    assert delays[:5] == [0.0] * 5
    assert delays[5] > 0.0
    assert delays == sorted(delays)
    assert max(delays) == 2.0


def test_failures_are_forgiven_after_a_quiet_minute() -> None:
    failures = Failures()
    for _ in range(20):
        failures.delay("192.0.2.1", 0.0)
    assert failures.delay("192.0.2.1", 61.0) == 0.0


def test_one_address_does_not_slow_another() -> None:
    failures = Failures()
    for _ in range(20):
        failures.delay("192.0.2.1", 0.0)
    assert failures.delay("192.0.2.2", 0.0) == 0.0


def test_the_table_of_failures_is_bounded() -> None:
    failures = Failures(size=10)
    for host in range(1000):
        failures.delay(f"192.0.2.{host}", 0.0)
    assert len(failures) == 10


def test_only_so_many_answers_to_one_address_are_held_back_at_a_time() -> None:
    failures = Failures()
    with ExitStack() as held:
        for _ in range(MOST_HELD):
            held.enter_context(failures.holding("a"))
        with pytest.raises(Problem) as caught, failures.holding("a"):
            pass
        assert (caught.value.code, caught.value.status) == ("rate-limited", 429)
        with failures.holding("b"):
            pass
    with failures.holding("a"):
        pass
