"""Log lines are declared events with declared fields; nothing else comes through."""

import logging
from collections.abc import Callable, Iterator
from io import BytesIO

import orjson
import pytest
import structlog

from dapi_common.runtime import logs
from dapi_common.runtime.logs import LogEvent, log

Lines = Callable[[], list[dict[str, object]]]
SECRET = "+491700000001"


@pytest.fixture
def lines() -> Iterator[Lines]:
    stream, root = BytesIO(), logging.getLogger()
    handlers, level = root.handlers, root.level
    root.handlers = []
    logs.configure("demo", "3", "INFO", stream)
    yield lambda: [orjson.loads(line) for line in stream.getvalue().splitlines()]
    structlog.reset_defaults()
    root.handlers, root.level = handlers, level


def test_a_line_says_what_when_and_who(lines: Lines) -> None:
    log.info(LogEvent.TASK_OPENED, partition=2)
    (line,) = lines()
    assert str(line.pop("timestamp")).endswith("Z")
    assert line == {"event": "task.opened", "level": "info", "service": "demo", "instance": "3", "partition": 2}


def test_undeclared_fields_and_events_are_masked(lines: Lines) -> None:
    log.warning(f"sent to {SECRET}", recipient=SECRET, reason="x" * 301, account={"to": SECRET}, count=1)
    (line,) = lines()
    assert SECRET not in str(line)
    assert line["event"] == "undeclared"
    assert (line["recipient"], line["reason"], line["account"], line["count"]) == (*["[redacted]"] * 3, 1)


def test_an_exception_shows_its_type_and_place_but_not_its_text(lines: Lines) -> None:
    try:
        try:
            raise KeyError(SECRET)
        except KeyError as inner:
            raise ValueError(SECRET) from inner
    except ValueError as error:
        log.error(LogEvent.JOB_FAILED, exc_info=error)
    (line,) = lines()
    assert SECRET not in str(line)
    assert (line["error"], line["causes"]) == ("ValueError", ["KeyError"])
    assert "test_logs.py:" in str(line["frames"])


def test_what_libraries_log_comes_without_its_arguments(lines: Lines) -> None:
    logging.getLogger("library").warning("could not reach %s", SECRET)
    logging.getLogger("library").error(ValueError("first line\n" + SECRET))
    logging.getLogger("library").info("not a warning")
    first, second = lines()
    assert (first["logger"], first["template"], first["level"]) == ("library", "could not reach %s", "warning")
    assert (second["template"], second["level"]) == ("first line", "error")


def test_a_librarys_exception_comes_without_its_text(lines: Lines) -> None:
    try:
        raise ValueError(SECRET)
    except ValueError:
        logging.getLogger("library").exception("failed")
    (line,) = lines()
    assert SECRET not in str(line)
    assert line["error"] == "ValueError"


def test_lines_below_the_level_are_left_out(lines: Lines) -> None:
    log.debug(LogEvent.TASK_OPENED)
    assert lines() == []


def test_every_event_and_field_says_what_it_means() -> None:
    assert all(event.meaning.endswith(".") for event in LogEvent)
    assert all(logs.FIELDS.values())


def test_what_a_library_says_again_at_once_is_left_out_and_said_again_later(lines: Lines) -> None:
    library = logging.getLogger("client")
    handler = logging.getLogger().handlers[0]
    for n in range(100):
        library.error("no broker at %s", n)
    library.error("another thing")
    later = logging.LogRecord("client", logging.ERROR, "", 0, "no broker at %s", None, None)
    later.created += 2
    handler.handle(later)
    assert [line["template"] for line in lines()] == ["no broker at %s", "another thing", "no broker at %s"]
