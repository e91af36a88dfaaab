"""Submissions as an adapter makes them."""

import base64
from collections.abc import Mapping

import aiohttp
import orjson

SID = "AC00000000000000000000000000000001"
MESSAGES = f"/2010-04-01/Accounts/{SID}/Messages.json"


def basic(user: str, password: str) -> dict[str, str]:
    token = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"Authorization": f"Basic {token}"}


TWILIO = basic(SID, "demo-token")
NEXMO_FORM = {
    "api_key": "demo-key",
    "api_secret": "demo-secret",
    "from": "Dapi",
    "to": "31612345678",
    "text": "Hi",
    "client-ref": "m-1",
}
TWILIO_FORM = {"From": "+15005550006", "To": "+31612345678", "Body": "Hi"}

Answer = tuple[int, dict[str, object]]


async def nexmo(http: aiohttp.ClientSession, **changes: str | None) -> Answer:
    """Posts the form with these changes; `None` takes a field away, `_` in a name stands for `-`."""
    form = _changed(NEXMO_FORM, {_hyphened(name): value for name, value in changes.items()})
    async with http.post("/sms/json", data=form) as response:
        assert response.content_type == "application/json"
        return response.status, orjson.loads(await response.read())


async def nexmo_parts(http: aiohttp.ClientSession, **changes: str | None) -> list[dict[str, str]]:
    status, body = await nexmo(http, **changes)
    messages = body["messages"]
    assert status == 200
    assert isinstance(messages, list)
    assert body["message-count"] == str(len(messages))
    return messages


async def twilio(
    http: aiohttp.ClientSession, auth: Mapping[str, str] = TWILIO, path: str = MESSAGES, **changes: str | None
) -> Answer:
    async with http.post(path, data=_changed(TWILIO_FORM, changes), headers=auth) as response:
        assert response.content_type == "application/json"
        return response.status, orjson.loads(await response.read())


async def put_script(http: aiohttp.ClientSession, to: str, *steps: dict[str, object], repeat: bool = False) -> int:
    async with http.put(f"/_scripts/{to}", json={"steps": steps, "repeat": repeat}) as response:
        return response.status


async def ledger(http: aiohttp.ClientSession) -> list[dict[str, object]]:
    async with http.get("/_ledger") as response:
        entries: list[dict[str, object]] = orjson.loads(await response.read())["entries"]
        return entries


def _hyphened(name: str) -> str:
    return name if name.startswith("api_") else name.replace("_", "-")


def _changed(form: Mapping[str, str], changes: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in {**form, **changes}.items() if value is not None}
