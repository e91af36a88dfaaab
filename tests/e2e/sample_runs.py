"""Runs the documents' samples as their reader would: curl in a shell, Python in an interpreter."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

Answer = tuple[int, Any]
Run = Callable[[str], Awaitable[Answer]]
SECONDS = 30.0
# Its settings are in a file, so that the command itself is the document's.
_CURLRC = 'silent\nshow-error\nmax-time = 20\nwrite-out = "\\n%{http_code}"\n'
_INTERPRETER = """
import ast, json, sys
for line in sys.stdin:
    *before, last = ast.parse(json.loads(line)).body
    scope = {}
    exec(compile(ast.Module(before, []), "sample", "exec"), scope)
    answer = eval(compile(ast.Expression(last.value), "sample", "eval"), scope)
    print(json.dumps([answer.status_code, answer.json()]), flush=True)
"""
"""As the interactive one does, it evaluates the last expression: what `requests` answered."""


@asynccontextmanager
async def curl(folder: Path) -> AsyncIterator[Run]:
    """The real curl."""
    (folder / ".curlrc").write_text(_CURLRC)

    async def run(source: str) -> Answer:
        child = await asyncio.create_subprocess_exec(
            "/bin/sh", "-c", source, env={"CURL_HOME": str(folder), "PATH": "/usr/bin:/bin"}, stdout=subprocess.PIPE
        )
        printed, _ = await asyncio.wait_for(child.communicate(), SECONDS)
        assert child.returncode == 0, f"curl ended with {child.returncode}"
        body, _, status = printed.decode().rpartition("\n")
        return int(status), json.loads(body)

    yield run


@asynccontextmanager
async def python(folder: Path) -> AsyncIterator[Run]:
    """One interpreter with `requests` for all samples."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _INTERPRETER, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdin
    assert child.stdout

    async def run(source: str) -> Answer:
        assert child.stdin
        assert child.stdout
        child.stdin.write(json.dumps(source).encode() + b"\n")
        status, body = json.loads(await asyncio.wait_for(child.stdout.readline(), SECONDS))
        return status, body

    yield run
    child.stdin.close()
    assert await child.wait() == 0


LANGUAGES = {"curl": curl, "python": python}
