"""`dapi accounts`, against the admin API that it is a client of."""

from collections.abc import AsyncIterator

import pytest

from dapi_common.cli import main, parser
from dapi_common.events.shapes import JsonObject
from dapi_common.ops import accounts
from dapi_common.ops.admin import Admin, AdminSettings, Problem

from .admin_world import TOKEN, AdminWorld, both_doors


@pytest.fixture
async def world() -> AsyncIterator[AdminWorld]:
    async with both_doors() as world:
        yield world


async def dapi(world: AdminWorld, *arguments: str, token: str = TOKEN) -> JsonObject:
    """What the command prints."""
    settings = AdminSettings.model_validate({"admin_url": world.url, "admin_token": token})
    return await accounts.run(parser().parse_args(["accounts", *arguments]), settings)


async def test_the_verbs_do_what_they_say(world: AdminWorld) -> None:
    fees = '{"sms": "0.02"}'
    opened = await dapi(world, "create", "--mps", "5", "--contacts-per-list", "9", "--credits", "2", "--fees", fees)
    name = str(opened["user_id"])
    shown = await dapi(world, "show", name)
    assert shown["limits"] == {"mps": "5", "lists": "100", "contact-per-list": "9"}
    assert (shown["balance"], shown["fees"]) == ("2.00", {"sms": "0.02"})
    assert await dapi(world, "limits", name, "--lists", "3") == {"user_id": name}
    assert await dapi(world, "top-up", name, "0.50") == {"user_id": name}
    shown = await dapi(world, "show", name)
    assert shown["limits"] == {"mps": "5", "lists": "3", "contact-per-list": "9"}
    assert shown["balance"] == "2.50"
    again = await dapi(world, "regenerate", name)
    assert again["user_id"] == name
    assert again["user_secret"] != opened["user_secret"]
    assert await dapi(world, "list") == {"accounts": [await dapi(world, "show", name)]}


async def test_an_account_without_options_is_as_documented(world: AdminWorld) -> None:
    opened = await dapi(world, "create")
    shown = await dapi(world, "show", str(opened["user_id"]))
    assert shown["limits"] == {"mps": "1", "lists": "100", "contact-per-list": "100"}
    assert shown["fees"] == {"sms": "0.01", "voice": "0.02", "email": "0.001", "push": "0.001"}


async def test_the_list_holds_what_is_on_every_page(world: AdminWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    names = sorted([str((await dapi(world, "create"))["user_id"]) for _ in range(5)])
    asked = Admin._call

    async def by_twos(
        self: Admin, method: str, path: str, body: JsonObject | None = None
    ) -> tuple[JsonObject, str | None]:
        return await asked(self, method, path.replace("limit=1000", "limit=2"), body)

    monkeypatch.setattr(Admin, "_call", by_twos)
    listed = (await dapi(world, "list"))["accounts"]
    assert isinstance(listed, list)
    assert [account["user_id"] for account in listed] == names


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("top-up", "ID", "-1"), r"credits-invalid \(/amount\): "),
        (("top-up", "ID", "0"), r"credits-invalid \(/amount\): The amount must be positive"),
        (("limits", "ID", "--mps", "fast"), r"limits-invalid \(/mps\): "),
        (("show", "nobody"), "not-found: "),
        (("show", "../accounts"), "not-found: "),
        (("create", "--credits", "much"), r"credits-invalid \(/credits\): "),
    ],
)
async def test_a_refusal_is_told_as_it_is(world: AdminWorld, arguments: tuple[str, ...], says: str) -> None:
    name = str((await dapi(world, "create"))["user_id"])
    with pytest.raises(Problem, match=says):
        await dapi(world, *(name if argument == "ID" else argument for argument in arguments))


@pytest.mark.parametrize("token", ["", "wrong"])
async def test_a_wrong_token_is_refused(world: AdminWorld, token: str) -> None:
    with pytest.raises(Problem, match=r"unauthorized: .*DAPI_ADMIN_TOKEN"):
        await dapi(world, "list", token=token)


async def test_a_gateway_that_is_not_there_is_said_to_be(world: AdminWorld) -> None:
    url = world.url
    await world.admin.close()
    with pytest.raises(Problem, match=f"{url} gave no answer"):
        await accounts.run(parser().parse_args(["accounts", "list"]), AdminSettings.model_validate({"admin_url": url}))


def test_a_problem_goes_to_stderr_and_ends_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DAPI_ADMIN_URL", "http://127.0.0.1:1")
    with pytest.raises(SystemExit, match=r"dapi: http://127\.0\.0\.1:1 gave no answer"):
        main(["accounts", "list"])
    assert capsys.readouterr().out == ""
