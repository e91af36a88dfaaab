"""Who may know whom, read off the sources' own imports."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from dapi_common import topics

ROOT = Path(__file__).parents[2]
LONGEST = 250
LONGER = {
    "libs/common/src/dapi_common/testing/bus_contract.py": "one contract, for every log",
}
"""Looked at, and left in one piece: each with what it holds. None may pass 400."""
KAFKA = {"aiokafka", "kafka"}
MONGO = {"motor", "pymongo", "bson"}


@cache
def packages() -> dict[str, Path]:
    """Our own, by the name that is imported."""
    found = [*ROOT.glob("libs/*/src/*/__init__.py"), *ROOT.glob("services/*/src/*/__init__.py")]
    return {file.parent.name: file.parent for file in found}


@cache
def modules() -> dict[str, ast.Module]:
    """Every source file, by its path from the root."""
    files = sorted(file for package in packages().values() for file in package.rglob("*.py"))
    return {file.relative_to(ROOT).as_posix(): ast.parse(file.read_text("utf-8")) for file in files}


def imports(module: ast.Module) -> Iterator[str]:
    """Whole names: `from a.b import c` is a.b.c."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def importers(of: set[str]) -> dict[str, set[str]]:
    """Who imports any of these packages, and what of them."""
    found = {path: set(imports(module)) for path, module in modules().items()}
    ours = {path: {name for name in names if name.partition(".")[0] in of} for path, names in found.items()}
    return {path: names for path, names in ours.items() if names}


def texts(module: ast.Module) -> Iterator[str]:
    """String literals, f-strings' parts included; docstrings and other bare strings are prose."""
    prose = {node.value for node in ast.walk(module) if isinstance(node, ast.Expr)}
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in prose:
            yield node.value


def test_every_package_of_a_member_is_looked_at() -> None:
    members = {file.parent for file in ROOT.glob("*/*/pyproject.toml")}
    assert {package.parents[1] for package in packages().values()} == members
    assert {"dapi_common", "api_gateway", "invoke_planner", "dispatcher", "provider_nexmo"} <= set(packages())


@pytest.mark.parametrize("name", packages())
def test_a_service_imports_itself_the_common_library_and_third_parties(name: str) -> None:
    others = set(packages()) - {name, "dapi_common"}
    folder = packages()[name].relative_to(ROOT).as_posix()
    guilty = {path: names for path, names in importers(others).items() if path.startswith(f"{folder}/")}
    assert guilty == {}


def test_an_adapter_knows_what_an_adapter_needs_and_nothing_of_the_system() -> None:
    allowed = ("dapi_common.provider.", "dapi_common.events.shapes.", "dapi_common.ids.")
    for path, module in modules().items():
        if path.startswith("services/provider-"):
            ours = {name for name in imports(module) if name.startswith("dapi_common.")}
            assert {name for name in ours if not f"{name}.".startswith(allowed)} == set(), path


def test_kafka_s_client_is_known_where_the_log_is_made() -> None:
    common = "libs/common/src/dapi_common"
    outside = {path: names for path, names in importers(KAFKA).items() if not path.startswith("libs/local-stack/")}
    files = (
        "kafka.py", "kafka_archive.py", "kafka_batches.py", "kafka_clients.py", "kafka_offsets.py", "kafka_reach.py",
        "kafka_rewrite.py", "kafka_uvloop.py", "partition.py",
    )  # fmt: skip
    knowing = (*(f"bus/{file}" for file in files), "cli.py")
    assert outside.keys() <= {f"{common}/{file}" for file in knowing}
    assert outside[f"{common}/bus/partition.py"] == {"aiokafka.partitioner.murmur2"}


def test_faust_is_where_nothing_rests_on_it() -> None:
    folder = "services/insights/src/insights"
    assert importers({"faust", "mode"}).keys() == {f"{folder}/agent.py"}


def test_mongo_s_drivers_are_known_where_the_store_is_made() -> None:
    outside = {path for path in importers(MONGO) if not path.startswith("libs/local-stack/")}
    assert outside == {"libs/common/src/dapi_common/store/mongo.py"}


def test_what_measures_the_system_is_no_part_of_it() -> None:
    assert importers({"bench"}) == {}


def test_a_topic_s_name_is_spelled_in_the_table_of_topics_only() -> None:
    names = [topic.name for topic in topics.every(())]
    spelled = re.compile("|".join([*(rf"{re.escape(name)}\b" for name in names), r"dapi\.provider\."]))
    guilty = {path for path, module in modules().items() for text in texts(module) if spelled.search(text)}
    assert guilty == {"libs/common/src/dapi_common/topics.py"}


def test_a_file_is_read_in_one_sitting() -> None:
    measuring = (file.relative_to(ROOT).as_posix() for file in ROOT.glob("bench/**/*.py"))
    lines = {path: (ROOT / path).read_text("utf-8").count("\n") for path in (*modules(), *measuring)}
    assert {path: count for path, count in lines.items() if count > LONGEST and path not in LONGER} == {}
    assert max(lines.values()) <= 400
