"""The operators' API: who may use it, what it refuses, and what it changes."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from api_gateway.admin.app import ROUTES

from .admin_world import BEARER, TOKEN, AdminWorld, both_doors
from .world import Caller, basic

NEW = "/admin/accounts"


@pytest.fixture
async def world() -> AsyncIterator[AdminWorld]:
    async with both_doors() as world:
        yield world


WRONG = [
    {},
    {"Authorization": ""},
    {"Authorization": "Bearer"},
    {"Authorization": "Bearer "},
    {"Authorization": f"Bearer {TOKEN}x"},
    {"Authorization": f"Bearer {TOKEN[:-1]}"},
    {"Authorization": "Bearer \u00ff"},
    {"Authorization": f"Basic {TOKEN}"},
    {"Authorization": TOKEN},
    basic("admin", TOKEN),
]


@pytest.mark.parametrize("headers", WRONG)
async def test_without_the_token_nothing_is_answered(world: AdminWorld, headers: Mapping[str, str]) -> None:
    answer = await Caller(world.admin, headers)("GET", NEW)
    assert answer.blamed == (401, "unauthorized", None)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


@pytest.mark.parametrize(("method", "path"), [(method, path) for method, path, _ in ROUTES] + [("GET", "/nothing")])
async def test_the_token_guards_every_route(world: AdminWorld, method: str, path: str) -> None:
    stranger = Caller(world.admin, {})
    assert (await stranger(method, path.replace("{account}", "alice"), {})).blamed == (401, "unauthorized", None)
    assert world.planner.commands == []


async def test_an_account_is_no_operator_and_an_operator_no_account(world: AdminWorld) -> None:
    opened = (await world.opened()).body
    account = Caller(world.admin, basic(opened["user_id"], opened["user_secret"]))
    assert (await account("GET", NEW)).status == 401
    assert (await Caller(world.public, BEARER)("GET", "/v1/limits")).status == 401
    assert (await world.operator("GET", "/v1/limits")).status == 404
    assert (await Caller(world.public, BEARER)("GET", NEW)).status == 404


async def test_a_new_account_can_be_used_at_once_and_has_the_documented_limits(world: AdminWorld) -> None:
    opened = await world.opened()
    assert set(opened.body) == {"user_id", "user_secret"}
    limits = await world.account(opened)("GET", "/v1/accounts/limits")
    assert limits.body == {"mps": "1", "lists": "100", "contact-per-list": "100"}
    assert (await world.account(opened)("GET", "/v1/credits")).body == {"balance": "0.00"}


async def test_an_account_without_a_body_is_as_one_with_an_empty_one(world: AdminWorld) -> None:
    assert (await world.operator("POST", NEW)).status == 200


async def test_an_account_is_shown_as_it_was_opened(world: AdminWorld) -> None:
    limits = {"mps": "50", "lists": 7, "contact-per-list": "0"}
    opened = await world.opened({"limits": limits, "credits": "10.5", "fees": {"sms": "0.015", "push": 0}})
    shown = await world.operator("GET", f"{NEW}/{opened.body['user_id']}")
    times = {"created-at": shown.body.pop("created-at"), "updated-at": shown.body.pop("updated-at")}
    assert times["created-at"].endswith("Z")
    assert shown.body == {
        "user_id": opened.body["user_id"],
        "limits": {"mps": "50", "lists": "7", "contact-per-list": "0"},
        "balance": "10.50",
        "fees": {"sms": "0.015", "push": "0.00"},
    }


async def test_the_secret_is_shown_once_and_kept_nowhere(world: AdminWorld) -> None:
    opened = await world.opened()
    secret = opened.body["user_secret"]
    shown = await world.operator("GET", f"{NEW}/{opened.body['user_id']}")
    listed = await world.operator("GET", NEW)
    assert secret not in str([shown.body, listed.body])
    assert secret not in str([command.model_dump() for command in world.planner.commands])


async def test_a_new_secret_kills_the_old_one(world: AdminWorld) -> None:
    opened = await world.opened()
    again = await world.operator("POST", f"{NEW}/{opened.body['user_id']}/secret")
    assert again.body["user_id"] == opened.body["user_id"]
    assert (await world.account(opened)("GET", "/v1/limits")).status == 401
    assert (await world.account(again)("GET", "/v1/limits")).status == 200


async def test_new_limits_hold_from_the_answer_on(world: AdminWorld) -> None:
    opened = await world.opened()
    limits = {"mps": "9", "lists": "8", "contact-per-list": "7"}
    path = f"{NEW}/{opened.body['user_id']}"
    assert (await world.operator("POST", f"{path}/limits", limits)).body == {"user_id": opened.body["user_id"]}
    assert (await world.operator("GET", path)).body["limits"] == limits
    assert (await world.account(opened)("GET", "/v1/limits")).body == limits


async def test_credits_add_up_exactly(world: AdminWorld) -> None:
    opened = await world.opened({"credits": "0.000001"})
    path = f"{NEW}/{opened.body['user_id']}"
    for amount in ("0.1", "0.2", 3, "12.50", "0.000009"):
        answer = await world.operator("POST", f"{path}/credits", {"amount": amount})
        assert answer.body == {"user_id": opened.body["user_id"]}
    assert (await world.operator("GET", path)).body["balance"] == "15.80001"
    assert (await world.account(opened)("GET", "/v1/credits")).body == {"balance": "15.80001"}


async def test_a_top_up_that_is_repeated_with_its_key_is_added_once(world: AdminWorld) -> None:
    opened = await world.opened({"credits": "1"})
    path, key = f"{NEW}/{opened.body['user_id']}", {"Idempotency-Key": "of-monday"}
    answers = [await world.operator("POST", f"{path}/credits", {"amount": "2"}, key) for _ in range(3)]
    assert {answer.status for answer in answers} == {200}
    assert [answer.headers.get("Idempotent-Replayed") for answer in answers] == [None, "true", "true"]
    assert (await world.operator("GET", path)).body["balance"] == "3.00"
    other = await world.operator("POST", f"{path}/credits", {"amount": "3"}, key)
    assert other.blamed == (422, "idempotency-key-reused", None)


async def test_an_accounts_own_idempotency_keys_are_not_the_operators(world: AdminWorld) -> None:
    opened = await world.opened()
    key = {"Idempotency-Key": "1"}
    assert (await world.account(opened)("PUT", "/v1/lists", {}, key)).status == 200
    path = f"{NEW}/{opened.body['user_id']}/credits"
    assert (await world.operator("POST", path, {"amount": "1"}, key)).status == 200


async def test_with_the_store_away_changes_are_made_and_reads_say_when_to_come_back(world: AdminWorld) -> None:
    opened = await world.opened({"credits": "1"})
    path = f"{NEW}/{opened.body['user_id']}"
    world.planner.folding, world.planner.store.available = False, False
    assert (await world.operator("POST", f"{path}/credits", {"amount": "1"})).status == 200
    again = await world.operator("POST", f"{path}/secret")
    assert (await world.account(again)("GET", "/v1/limits")).status == 200
    for read in (path, NEW):
        assert (await world.operator("GET", read)).blamed == (503, "store-unavailable", None)


@pytest.mark.parametrize("path", ["limits", "credits", "secret", ""])
@pytest.mark.parametrize("name", ["nobody", "a%2Fb", "..%2F..", "%00", "x" * 65, "%C3%A9"])
async def test_an_account_that_is_not_there_is_not_found(world: AdminWorld, path: str, name: str) -> None:
    bodies: dict[str, Any] = {
        "limits": {"mps": 1, "lists": 1, "contact-per-list": 1},
        "credits": {"amount": "1"},
        "secret": {},
        "": None,
    }
    method, tail = ("POST", f"/{path}") if path else ("GET", "")
    answer = await world.operator(method, f"{NEW}/{name}{tail}", bodies[path])
    assert answer.blamed == (404, "not-found", None)


AMOUNTS = ["0", 0, "-1", -1, 1.5, "", "1e3", "NaN", "Infinity", "1.0000001", "1" * 13, " 1", "١", True, None, [], {}]


@pytest.mark.parametrize("amount", [*AMOUNTS, "99999999999.999999"])
async def test_an_amount_that_is_no_positive_decimal_changes_nothing(world: AdminWorld, amount: object) -> None:
    opened = await world.opened({"credits": "1"})
    path = f"{NEW}/{opened.body['user_id']}"
    answer = await world.operator("POST", f"{path}/credits", {"amount": amount})
    assert answer.blamed == (400, "credits-invalid", "/amount")
    assert (await world.operator("GET", path)).body["balance"] == "1.00"


@pytest.mark.parametrize("body", [{}, {"amount": "1", "more": "1"}])
async def test_a_top_up_is_an_amount_and_nothing_else(world: AdminWorld, body: object) -> None:
    path = f"{NEW}/{(await world.opened()).body['user_id']}/credits"
    assert (await world.operator("POST", path, body)).blamed[:2] == (400, "credits-invalid")


GOOD: dict[str, object] = {"mps": "1", "lists": "1", "contact-per-list": "1"}
NUMBERLESS: list[object] = ["", "x", -1, "-1", 1.5, None, True, [], 2**31]
LIMITS: list[tuple[object, str]] = [
    *(({name: value for name, value in GOOD.items() if name != gone}, f"/{gone}") for gone in GOOD),
    *(({**GOOD, name: bad}, f"/{name}") for name in GOOD for bad in NUMBERLESS),
    ({**GOOD, "mps": 0}, "/mps"),
    ({**GOOD, "mps": 1_000_001}, "/mps"),
    ({**GOOD, "more": 1}, "/more"),
]


@pytest.mark.parametrize(("limits", "field"), LIMITS)
async def test_limits_that_are_not_numbers_change_nothing(world: AdminWorld, limits: object, field: str) -> None:
    path = f"{NEW}/{(await world.opened()).body['user_id']}"
    assert (await world.operator("POST", f"{path}/limits", limits)).blamed == (400, "limits-invalid", field)
    assert (await world.operator("GET", path)).body["limits"]["mps"] == "1"


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"more": 1}, "account-invalid", "/more"),
        ({"limits": 1}, "limits-invalid", "/limits"),
        ({"limits": {"mps": "x"}}, "limits-invalid", "/limits/mps"),
        ({"credits": "-1"}, "credits-invalid", "/credits"),
        ({"credits": "100000000000"}, "credits-invalid", "/credits"),
        ({"credits": 0.1}, "credits-invalid", "/credits"),
        ({"fees": {"fax": "1"}}, "account-invalid", "/fees/fax"),
        ({"fees": {"sms": "-1"}}, "account-invalid", "/fees/sms"),
        ({"fees": []}, "account-invalid", "/fees"),
    ],
)
async def test_an_account_that_makes_no_sense_is_not_opened(
    world: AdminWorld, body: object, code: str, field: str
) -> None:
    assert (await world.operator("POST", NEW, body)).blamed == (400, code, field)
    assert (await world.operator("GET", NEW)).body["accounts"] == []


async def test_the_body_is_strict_json_here_too(world: AdminWorld) -> None:
    headers = {"Content-Type": "application/json"}
    twice = await world.operator("POST", NEW, headers=headers, data=b'{"credits": "1", "credits": "2"}')
    assert twice.blamed == (400, "json-invalid", None)
    text = await world.operator("POST", NEW, headers={"Content-Type": "text/plain"}, data=b"{}")
    assert text.blamed == (400, "content-type-invalid", None)
    assert (await world.operator("PUT", NEW, {})).blamed == (405, "method-not-allowed", None)


async def test_accounts_are_listed_by_id_in_pages(world: AdminWorld) -> None:
    names = sorted([(await world.opened()).body["user_id"] for _ in range(5)])
    first = await world.operator("GET", f"{NEW}?limit=2")
    assert [account["user_id"] for account in first.body["accounts"]] == names[:2]
    following = first.headers["Link"].partition(">")[0][1:]
    second = await world.operator("GET", following)
    assert [account["user_id"] for account in second.body["accounts"]] == names[2:4]
    last = await world.operator("GET", f"{NEW}?limit=2&page=2")
    assert [account["user_id"] for account in last.body["accounts"]] == names[4:]
    assert "Link" not in last.headers
    assert (await world.operator("GET", f"{NEW}?limit=2&page=3")).body["accounts"] == []
    assert last.body["accounts"][0] == (await world.operator("GET", f"{NEW}/{names[4]}")).body


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "page=-1", "page=x", "after=", "after=a%2Fb"])
async def test_a_page_that_makes_no_sense_is_refused(world: AdminWorld, query: str) -> None:
    assert (await world.operator("GET", f"{NEW}?{query}")).blamed == (400, "page-invalid", None)
