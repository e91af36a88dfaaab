"""The samples of the API's documents: each request as the text has it, and the JSON that it shows."""

import ast
import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HOST = "https://api.dapi.io"
FOLDER = Path(__file__).parents[3] / "shared" / "seeds"
JSON_SLIPS: Mapping[str, str] = {
    '"54.23",\n': '"54.23"\n',
    '"provider-invalid"\n': '"provider-invalid",\n',
}
"""Commas that an answer has too many or lacks, and what stands for them: the answers of credits and of errors."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A request under its heading; `shown` is the answer of the text, None where it has none."""

    title: str
    language: str
    source: str
    shown: Mapping[str, Any] | None

    def __str__(self) -> str:
        return f"{self.language}: {self.title}"

    def against(self, url: str, user_id: str, user_secret: str) -> str:
        """The source with another host and other credentials; all else is as it was written."""
        ours = self.source.replace(HOST, url)
        return ours.replace("USER_ID", user_id).replace("USER_SECRET", user_secret)


def read(name: str) -> list[Sample]:
    """Every sample of the document, in its order. Raises FileNotFoundError that says what is to be done."""
    path = FOLDER / name
    if not path.exists():
        raise FileNotFoundError(f"{name} must be in shared/seeds beside the checkout: its samples are this test")
    lines = path.read_text().splitlines()
    samples: list[Sample] = []
    shown: Mapping[str, Any] | None = None
    title = ""
    at = 0
    while at < len(lines):
        if lines[at].startswith("$ curl"):
            title, end = lines[at - 1], _ends(lines, at, _is_command)
            answer = _ends(lines, end, _is_json) if lines[end] == "{" else end
            shown = _json(lines[end:answer])
            samples.append(Sample(title, "curl", "\n".join(lines[at:end]).removeprefix("$ "), shown))
            at = answer
        elif lines[at] == "import requests":
            end = _ends(lines, at, _is_call)
            samples.append(Sample(title, "python", "\n".join(lines[at:end]), shown))
            at = end
        else:
            at += 1
    return samples


def _ends(lines: Sequence[str], start: int, whole: Callable[[Sequence[str]], bool]) -> int:
    """Where the first whole thing that begins at `start` ends."""
    return next(end for end in range(start + 1, len(lines) + 1) if whole(lines[start:end]))


def _is_command(lines: Sequence[str]) -> bool:
    try:
        shlex.split("\n".join(lines))
    except ValueError:
        return False
    return not lines[-1].endswith("\\")


def _is_call(lines: Sequence[str]) -> bool:
    try:
        tree = ast.parse("\n".join(lines))
    except SyntaxError:
        return False
    return isinstance(tree.body[-1], ast.Expr)


def _is_json(lines: Sequence[str]) -> bool:
    text = "\n".join(lines)
    return text.count("{") == text.count("}")


def _json(lines: Sequence[str]) -> Mapping[str, Any] | None:
    text = "\n".join(lines)
    for slip, meant in JSON_SLIPS.items():
        text = text.replace(slip, meant)
    return dict(json.loads(text)) if text else None


def differences(shown: Any, given: Any, at: str = "") -> list[str]:
    """Where an answer has not the shape that is shown: a key that lacks, a value of another type, an array that is
    empty where an entry is shown. It may have more keys and more entries, and other values."""
    if type(shown) is not type(given):
        return [f"{at or '/'} is {type(given).__name__}, not {type(shown).__name__}"]
    if isinstance(shown, dict):
        lacking = [f"{at}/{key} is not there" for key in shown.keys() - given.keys()]
        return lacking + [
            d for key in shown.keys() & given.keys() for d in differences(shown[key], given[key], f"{at}/{key}")
        ]
    if isinstance(shown, list) and shown:
        return [d for entry in given for d in differences(shown[0], entry, f"{at}/0")] if given else [f"{at} is empty"]
    return []
