"""The supervisor with real processes: started again when they die, gone when they should be."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from local_stack.ports import HOST, free_port
from local_stack.processes import NotReady, Process, Supervisor

SLEEPER = (sys.executable, "-c", "import time; print('up'); time.sleep(60)")
STUBBORN = (
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up'); time.sleep(60)",
)
SERVER = """
import http.server, sys
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/health/ready" else 404)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Ready).serve_forever()
"""
SUPERVISOR = """
import asyncio, pathlib, sys
from local_stack.processes import Process, Supervisor
async def main():
    supervisor = Supervisor(pathlib.Path(sys.argv[1]))
    await supervisor.start(Process("child", (sys.executable, "-c", "import time; time.sleep(60)")))
    print(supervisor.pid("child"), flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""


@pytest.fixture
async def supervisor(tmp_path: Path) -> AsyncIterator[Supervisor]:
    supervisor = Supervisor(tmp_path, grace=2.0)
    yield supervisor
    await supervisor.stop()


def alive(pid: int) -> bool:
    """A zombie that nobody has waited for yet does not count."""
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"


async def until_dead(pid: int) -> None:
    async with asyncio.timeout(30):
        while alive(pid):
            await asyncio.sleep(0.02)


async def until_up(supervisor: Supervisor, name: str, times: int = 1) -> None:
    async with asyncio.timeout(10):
        while supervisor.tail(name).count("up") < times:
            await asyncio.sleep(0.02)


async def test_what_was_killed_is_started_again(supervisor: Supervisor) -> None:
    await supervisor.start(Process("sleeper", SLEEPER))
    await until_up(supervisor, "sleeper")
    first = supervisor.pid("sleeper")
    supervisor.kill("sleeper", signal.SIGKILL)
    await until_up(supervisor, "sleeper", times=2)
    assert supervisor.pid("sleeper") != first
    assert supervisor.exits("sleeper") == 1
    assert not alive(first)


async def test_stop_ends_what_ignores_sigterm_and_what_is_frozen(supervisor: Supervisor) -> None:
    for name, command in (("stubborn", STUBBORN), ("frozen", SLEEPER)):
        await supervisor.start(Process(name, command))
        await until_up(supervisor, name)
    pids = [supervisor.pid(name) for name in ("stubborn", "frozen")]
    supervisor.kill("frozen", signal.SIGSTOP)
    async with asyncio.timeout(30):
        await supervisor.stop()
    assert not any(alive(pid) for pid in pids)


async def test_one_can_be_kept_down_and_started_again(supervisor: Supervisor) -> None:
    sleeper = Process("sleeper", SLEEPER)
    await supervisor.start(sleeper)
    first = supervisor.pid("sleeper")
    await supervisor.stop("sleeper")
    assert not alive(first)
    await supervisor.start(sleeper)
    assert alive(supervisor.pid("sleeper"))


async def test_the_environment_of_a_process_is_ours_and_its_own(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OURS", "1")
    command = (
        sys.executable,
        "-c",
        "import os, time; print('up', os.environ['OURS'] + os.environ['ITS']); time.sleep(9)",
    )
    await supervisor.start(Process("one", command, {"ITS": "2"}))
    await until_up(supervisor, "one")
    assert "up 12" in supervisor.tail("one")


@pytest.mark.parametrize("nice", [5, 0])
async def test_a_process_gives_way_as_it_is_told_and_so_do_its_threads(supervisor: Supervisor, nice: int) -> None:
    script = """
import os, threading, time
time.sleep(0.3)
threading.Thread(target=lambda: print("up", os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))).start()
time.sleep(9)
"""
    before = os.getpriority(os.PRIO_PROCESS, 0)
    await supervisor.start(Process("one", (sys.executable, "-c", script), nice=before + nice))
    await until_up(supervisor, "one")
    assert f"up {before + nice}" in supervisor.tail("one")


async def test_ready_is_what_the_health_port_says(supervisor: Supervisor) -> None:
    port = free_port()
    server = (sys.executable, "-c", SERVER, str(port))
    await supervisor.start(Process("server", server, health=f"http://{HOST}:{port}"))
    await supervisor.wait_ready("server", timeout=10)


async def test_not_ready_in_time_says_so_with_the_end_of_the_log(supervisor: Supervisor) -> None:
    await supervisor.start(Process("sleeper", SLEEPER, health=f"http://{HOST}:{free_port()}"))
    await until_up(supervisor, "sleeper")
    with pytest.raises(NotReady, match=r"(?s)was not ready within 0 s.*up"):
        await supervisor.wait_ready("sleeper", timeout=0.2)


async def test_one_that_keeps_on_exiting_is_not_waited_for(supervisor: Supervisor) -> None:
    await supervisor.start(
        Process("broken", (sys.executable, "-c", "raise SystemExit('no')"), health=f"http://{HOST}:{free_port()}")
    )
    with pytest.raises(NotReady, match=r"(?s)has exited 5 times.*no"):
        await supervisor.wait_ready("broken", timeout=30)


async def test_nothing_is_left_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    outer = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SUPERVISOR, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert outer.stdout is not None
    child = int(await outer.stdout.readline())
    assert alive(child)
    os.kill(outer.pid, signal.SIGKILL)
    await outer.wait()
    await until_dead(child)
