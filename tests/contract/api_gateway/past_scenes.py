"""The codes of questions about the past; test_past.py has what else can be asked."""

from dapi_common.clock import rfc3339

from .error_scenes import fresh, provokes
from .live import Live
from .operator_scenes import SCENES
from .world import Answer

__all__ = ["SCENES"]
THEN = "2026-01-02T03:04:05Z"


@provokes("at-invalid")
async def a_time_without_a_zone(live: Live) -> Answer:
    return await (await fresh(live))("GET", "/v1/messages?at=2026-01-02T03:04:05")


@provokes("at-invalid")
async def a_time_to_come(live: Live) -> Answer:
    return await (await fresh(live))("GET", "/v1/credits?at=9999-12-31T23:59:59Z")


@provokes("at-too-far")
async def a_time_before_which_there_is_too_much(live: Live) -> Answer:
    caller, history = await fresh(live), live.gateway.history
    history.most_folded, before = 0, history.most_folded
    try:
        return await caller("GET", f"/v1/credits?at={_now(live)}")
    finally:
        history.most_folded = before


@provokes("log-unavailable")
async def a_time_while_the_log_is_away(live: Live) -> Answer:
    caller = await fresh(live)
    live.archive.available = False
    try:
        answer = await caller("GET", f"/v1/invokes?at={THEN}")
    finally:
        live.archive.available = True
    assert int(answer.headers["Retry-After"]) >= 1
    return answer


def _now(live: Live) -> str:
    """As a query has it."""
    return rfc3339(live.clock.now())
