"""`dapi accounts`: each verb is one call of the admin API, or two (decision 0006)."""

import argparse
from collections.abc import Awaitable, Callable
from urllib.parse import quote

import orjson

from dapi_common.events.shapes import JsonObject
from dapi_common.ops.admin import Admin, AdminSettings, connected

Verb = Callable[[Admin, argparse.Namespace], Awaitable[JsonObject]]
LIMITS = {"mps": "messages per second", "lists": "lists", "contact-per-list": "contacts in each list"}
"""By the API's names."""


def add_verbs(families: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Teaches the command line the family."""
    verbs = families.add_parser("accounts", help="who may use the system").add_subparsers(required=True)
    opening = _verb(verbs, "create", create, "open an account and show its secret, once")
    _add_limits(opening)
    opening.add_argument("--credits", help="what it starts with (default 0)")
    opening.add_argument("--fees", type=orjson.loads, help='by type, like {"sms": "0.01"}; a type without one is free')
    _verb(verbs, "list", every, "every account")
    _verb(verbs, "show", show, "limits, balance and fees").add_argument("user_id")
    limiting = _verb(verbs, "limits", limits, "change what is given, keep the rest")
    limiting.add_argument("user_id")
    _add_limits(limiting)
    paying = _verb(verbs, "top-up", top_up, "add to the balance")
    paying.add_argument("user_id")
    paying.add_argument("amount", help="a positive decimal")
    paying.add_argument("--key", default="", help="any text: however often it is repeated with it, it is added once")
    _verb(verbs, "regenerate", regenerate, "replace the secret and show the new one, once").add_argument("user_id")


def _verb(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, verb: Verb, says: str
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = verbs.add_parser(name, help=says)
    parser.set_defaults(verb=verb)
    return parser


def _add_limits(parser: argparse.ArgumentParser) -> None:
    for name, says in LIMITS.items():
        option = "--contacts-per-list" if name == "contact-per-list" else f"--{name}"
        parser.add_argument(option, dest=name, help=says)


async def run(arguments: argparse.Namespace, settings: AdminSettings) -> JsonObject:
    """What the verb prints. Raises Problem."""
    verb: Verb = arguments.verb
    async with connected(settings) as admin:
        return await verb(admin, arguments)


async def create(admin: Admin, arguments: argparse.Namespace) -> JsonObject:
    given = {"credits": arguments.credits, "fees": arguments.fees}
    body: JsonObject = {name: value for name, value in given.items() if value is not None}
    return await admin.call("POST", "/admin/accounts", {**body, "limits": _limits(arguments)})


async def every(admin: Admin, arguments: argparse.Namespace) -> JsonObject:
    return {"accounts": await admin.every("/admin/accounts", "accounts")}


async def show(admin: Admin, arguments: argparse.Namespace) -> JsonObject:
    return await admin.call("GET", _path(arguments))


async def limits(admin: Admin, arguments: argparse.Namespace) -> JsonObject:
    held = (await show(admin, arguments))["limits"]
    assert isinstance(held, dict)
    return await admin.call("POST", _path(arguments) + "/limits", {**held, **_limits(arguments)})


async def top_up(admin: Admin, arguments: argparse.Namespace) -> JsonObject:
    return await admin.call("POST", _path(arguments) + "/credits", {"amount": arguments.amount}, arguments.key)


async def regenerate(admin: Admin, arguments: argparse.Namespace) -> JsonObject:
    return await admin.call("POST", _path(arguments) + "/secret")


def _path(arguments: argparse.Namespace) -> str:
    return f"/admin/accounts/{quote(arguments.user_id, safe='')}"


def _limits(arguments: argparse.Namespace) -> JsonObject:
    given = vars(arguments)
    return {name: given[name] for name in LIMITS if given[name] is not None}
