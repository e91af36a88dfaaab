"""docs/adding-a-provider.md, done as it says: its own files in a folder of their own, and a message through them."""

import asyncio
import hmac
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from local_stack.backends import Backends
from local_stack.client import client_of
from local_stack.ports import HOST, free_port
from local_stack.processes import Process
from local_stack.services import python_module
from local_stack.system import System, running_system

PAGE = Path(__file__).parents[2] / "docs" / "adding-a-provider.md"
KEY = "acme-s3cr3t"
CHECK = """
import asyncio, sys
from pathlib import Path
from dapi_common.testing.callback_cases import check_callback, lacking_callbacks, read as read_callbacks
from dapi_common.testing.provider_cases import check, lacking, read

file = Path(sys.argv[1])
cases, callbacks = list(read(file)), list(read_callbacks(file))

async def replay():
    for case in cases:
        await check(case)
    for case in callbacks:
        await check_callback(case)

asyncio.run(replay())
sys.exit("; ".join(lacking("acme", cases) + lacking_callbacks("acme", callbacks)) or 0)
"""


class Acme:
    """The vendor: takes everything, and reports that it arrived."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []

    async def take(self, request: web.Request) -> web.Response:
        sms = await request.json()
        self.taken.append(sms)
        return web.json_response({"sms_id": f"a{len(self.taken)}"}, status=201)

    async def report(self, event: str) -> int:
        """Tells what became of the last one; the answer's status."""
        body = b'{"event":"%s","sms_id":"a%d"}' % (event.encode(), len(self.taken))
        signed = {"X-Acme-Signature": hmac.digest(KEY.encode(), body, "sha256").hex()}
        async with (
            aiohttp.ClientSession() as http,
            http.post(self.taken[-1]["callback"], data=body, headers=signed) as r,
        ):
            return r.status


@pytest.fixture
async def acme() -> AsyncIterator[tuple[Acme, str]]:
    vendor, app = Acme(), web.Application()
    app.router.add_post("/sms", vendor.take)
    runner, port = web.AppRunner(app), free_port()
    await runner.setup()
    await web.TCPSite(runner, HOST, port).start()
    yield vendor, f"http://{HOST}:{port}"
    await runner.cleanup()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that the page names, with what it shows in them."""
    folder = tmp_path_factory.mktemp("eighth") / "provider-acme"
    for name, content in files(PAGE.read_text("utf-8")):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, "utf-8")
    return folder


def files(page: str) -> Iterator[tuple[str, str]]:
    named = re.findall(r"^    services/provider-acme/(\S+)", page, re.MULTILINE)
    blocks = re.findall(r"^```(toml|python)\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    project, adapter, cases = (content for _, content in blocks[:3])
    shown = {"pyproject.toml": project, "cases.toml": cases, "src/provider_acme/adapter.py": adapter}
    assert set(named) == {*shown, "src/provider_acme/__init__.py"}
    yield from ((name, shown.get(name, "")) for name in named)


@pytest.fixture(scope="module")
def installed(folder: Path) -> Path:
    """Where Python finds it."""
    site = folder.parent / "site"
    uv = str(Path(sys.executable).with_name("uv"))
    where = ("--python", sys.executable, "--target", str(site))
    how = ("--no-deps", "--no-build-isolation", "--no-sources", "--offline", "--quiet")
    subprocess.run((uv, "pip", "install", *how, *where, str(folder)), check=True, capture_output=True, timeout=120)
    return site


@asynccontextmanager
async def system_with(site: Path, url: str, backends: Backends, data: Path) -> AsyncIterator[System]:
    port, health = free_port(), free_port()
    more = {"PYTHONPATH": str(site), "DAPI_ACME_URL": url}
    async with running_system(backends, data, more=more) as system:
        own = {"DAPI_HEALTH_PORT": str(health), "DAPI_CALLBACK_PORT": str(port), "DAPI_PUBLIC_URLS": "{}"}
        own["DAPI_PUBLIC_URL"] = f"http://{HOST}:{port}"
        command = python_module("dapi_common.provider.run", "acme")
        process = Process("provider-acme", command, {**system.environment, **own}, f"http://{HOST}:{health}")
        await system.supervisor.start(process)
        await system.supervisor.wait_ready("provider-acme")
        yield system


def test_the_page_s_own_cases_show_all_that_the_contract_suite_asks_for(folder: Path, installed: Path) -> None:
    command = (sys.executable, "-W", "error", "-c", CHECK, str(folder / "cases.toml"))
    ended = subprocess.run(
        command, env={"PYTHONPATH": str(installed)}, capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")


async def test_a_message_goes_through_the_eighth_provider_and_its_receipt_comes_back(
    installed: Path, acme: tuple[Acme, str], backends: Backends, tmp_path: Path
) -> None:
    vendor, url = acme
    async with system_with(installed, url, backends, tmp_path) as system:
        credentials = await system.create_account()
        async with client_of(system.url, credentials) as client:
            await client.call("PUT", "/v1/providers/acme", {"API_KEY": KEY})
            message = {"provider": "acme", "type": "sms", "arguments": {"to": "+447700900123", "text": "Hi"}}
            sent = (await client.call("PUT", "/v1/messages", message))["id"]
            path = f"/v1/messages/{sent}"
            async with asyncio.timeout(30):
                while (shown := await client.call("GET", path))["status"] == "pending":
                    await asyncio.sleep(0.05)
            assert shown["status"] == "completed"
            assert shown["provider_reply"] == {"sms_id": "a1"}
            assert [sms["text"] for sms in vendor.taken] == ["Hi"]
            assert await vendor.report("arrived") == 200
            async with asyncio.timeout(30):
                while (shown := await client.call("GET", path)).get("delivery") != "delivered":
                    await asyncio.sleep(0.05)
            assert shown["delivery_reply"] == {"event": "arrived", "sms_id": "a1"}
