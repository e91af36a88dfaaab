"""JSON lines on stderr, of declared events with declared fields only.

An allow-list, because a list of what is forbidden is never complete: what is not declared here is masked. Exceptions
show as their types and places, never as their texts, which libraries fill with addresses and bodies."""

import logging
import sys
import traceback
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, BinaryIO, Final

import orjson
import structlog
from structlog.typing import EventDict, ExcInfo, FilteringBoundLogger, WrappedLogger


class LogEvent(StrEnum):
    """Every event that any process logs, with a line on what it means."""

    meaning: str

    def __new__(cls, value: str, meaning: str) -> "LogEvent":
        event = str.__new__(cls, value)
        event._value_, event.meaning = value, meaning
        return event

    SERVICE_STARTED = "service.started", "The process has read its settings and runs its main function."
    SERVICE_READY = "service.ready", "The process does its job from now on."
    SERVICE_NOT_READY = "service.not-ready", "The process cannot do its job for now; the reason says why."
    SERVICE_STOPPING = "service.stopping", "A signal asked the process to end."
    SERVICE_STOPPED = "service.stopped", "The process ends as asked."
    SERVICE_FAILED = "service.failed", "An exception nobody expected ends the process: the supervisor starts it again."
    SERVICE_OVERDUE = "service.overdue", "The process did not end in time and is cut off."
    SETTINGS_INVALID = "settings.invalid", "The environment lacks a setting, or one has the wrong shape."
    TASK_OPENED = "task.opened", "A worker owns this partition now."
    TASK_CLOSED = "task.closed", "A worker gave this partition up."
    TASK_FENCED = "task.fenced", "Another process owns this partition; this one ends."
    RECORD_PARKED = "record.parked", "A record that nobody can process went to the parking topic."
    JOB_FAILED = "job.failed", "Work that a step started raised: a defect."
    STORE_UNAVAILABLE = "store.unavailable", "The document store does not answer; the call is repeated or refused."
    STORE_BACK = "store.back", "The document store answers again."
    LOG_UNAVAILABLE = "log.unavailable", "Kafka does not answer; the call is repeated or refused."
    REQUEST_ANSWERED = (
        "request.answered",
        "An HTTP request of the API was answered; one that was turned away is counted only.",
    )
    REQUEST_FAILED = "request.failed", "An HTTP request ended with a 5xx."
    BREAKER_OPENED = "breaker.opened", "A provider refuses an account's credentials: its sends are held back."
    BREAKER_CLOSED = "breaker.closed", "A provider takes an account's messages again, or has new credentials to try."
    CALLBACK_REJECTED = "callback.rejected", "A callback did not prove that the vendor sent it, or nobody can read it."
    CALLBACK_FAILED = "callback.failed", "A callback ended with a defect; the vendor is asked to send it again."
    AGENT_STALLED = "agent.stalled", "Samples wait and are not read: the process ends, to be started again."
    LOOP_ERROR = "loop.error", "A callback or an abandoned task raised: a defect."
    LIBRARY = "library", "A third party logged this; the template comes without its arguments."
    UNDECLARED = "undeclared", "Something was logged that this table does not have."


FIELDS: Final[Mapping[str, str]] = MappingProxyType({
    "account": "account id",
    "attempt": "which try, from 1",
    "causes": "types of the exceptions behind the error, nearest first",
    "channel": "sms, voice, email or push",
    "code": "a code of the API's or of a provider's error tables",
    "collection": "of the document store",
    "count": "how many",
    "error": "type of an exception",
    "frames": "file:line of an exception, innermost last",
    "instance": "which process of its service",
    "invoke_id": "invoke id",
    "level": "severity",
    "logger": "a library's logger",
    "message_id": "message id",
    "method": "of an HTTP request",
    "offset": "of a record",
    "partition": "of a topic, or of a task",
    "port": "that the process listens on",
    "problems": "settings that are wrong, without their values",
    "provider": "provider name",
    "reason": "why, in our own words, without content",
    "request_id": "of an HTTP request",
    "route": "of an HTTP request, as the template",
    "seconds": "how long",
    "service": "which service",
    "status": "of an HTTP answer",
    "template": "what a library logs, before its arguments are filled in",
    "timestamp": "RFC 3339, UTC",
    "topic": "of a record",
})  # fmt: skip
"""Every field that a log line may have. None of them can hold a secret, a recipient or a text."""

CHATTY: Final = frozenset({"aiokafka.producer.sender"})
"""Loggers whose warnings are everyday: a broker asks every quick transaction to wait for the end of the last."""

log: FilteringBoundLogger = structlog.get_logger()
"""`log.info(LogEvent.X, field=…)`. An exception goes in as `exc_info=error`."""

_EVENTS: Final = frozenset(event.value for event in LogEvent)
_MASK = "[redacted]"
_LONGEST = 300
_SILENCE, _LINES = 1.0, 1000


def configure(service: str, instance: str, level: str, stream: BinaryIO | None = None) -> None:
    """Makes every line of this process, its libraries' warnings included, go through the allow-list to stderr."""

    def identify(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        return {**event, "service": service, "instance": instance}

    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper("iso"),
            identify,
            places,
            only_declared,
            structlog.processors.JSONRenderer(serializer=_dump),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.BytesLoggerFactory(stream or sys.stderr.buffer),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(
        handlers=[Libraries()], level=max(logging.WARNING, logging.getLevelNamesMapping()[level]), force=True
    )


def places(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Replaces an exception by its type, its causes' types and where it was raised."""
    error = _exception(event.pop("exc_info", None))
    if error is not None:
        event["error"] = type(error).__name__
        event["causes"] = [type(cause).__name__ for cause in _causes(error)]
        event["frames"] = [f"{f.filename}:{f.lineno}" for f in traceback.extract_tb(error.__traceback__)[-12:]]
    return event


def only_declared(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Masks undeclared events, undeclared fields and values that are no plain, short facts."""
    kept = {key: _plain(value) if key in FIELDS else _MASK for key, value in event.items() if key != "event"}
    name = str(event.get("event"))
    return {"event": name if name in _EVENTS else LogEvent.UNDECLARED.value, **kept}


class Libraries(logging.Handler):
    """Brings what third parties log into our lines. Their arguments and exception texts stay out, and so does what one
    of them has said within the last second: a client without its server says the same a hundred times."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, str], float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        if record.name in CHATTY and record.levelno < logging.ERROR:
            return
        lines = str(record.msg).splitlines() or [""]
        if self._said_lately((record.name, lines[0]), record.created):
            return
        level = min(record.levelno // 10 * 10, logging.CRITICAL)
        log.log(level, LogEvent.LIBRARY, logger=record.name, template=lines[0], exc_info=record.exc_info)

    def _said_lately(self, line: tuple[str, str], now: float) -> bool:
        if abs(now - self._said.get(line, 0.0)) < _SILENCE:
            return True
        if len(self._said) > _LINES:
            self._said.clear()
        self._said[line] = now
        return False


def _exception(given: ExcInfo | BaseException | bool | None) -> BaseException | None:
    if isinstance(given, BaseException):
        return given
    if isinstance(given, tuple):
        return given[1]
    return sys.exception() if given else None


def _causes(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    behind = error.__cause__ or error.__context__
    while behind is not None and len(found) < 5:
        found.append(behind)
        behind = behind.__cause__ or behind.__context__
    return found


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return value if len(value) <= _LONGEST else _MASK
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value if isinstance(item, str | int | float)]
    return _MASK


def _dump(event: EventDict, **_: Any) -> bytes:
    return orjson.dumps(event)
