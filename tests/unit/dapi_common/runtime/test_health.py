"""The health page tells what the process says of itself."""

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from dapi_common.runtime import metrics
from dapi_common.runtime.health import Health, application


async def ask(health: Health, path: str) -> tuple[int, bytes]:
    app, request = application(health), make_mocked_request("GET", path)
    answer = await (await app.router.resolve(request)).handler(request)
    assert isinstance(answer, web.Response)
    assert isinstance(answer.body, bytes)
    return answer.status, answer.body


async def test_a_process_lives_before_it_is_ready() -> None:
    health = Health()
    assert (await ask(health, "/health/live"))[0] == 200
    status, body = await ask(health, "/health/ready")
    assert (status, orjson.loads(body)["reason"]) == (503, "starting")


async def test_ready_and_not_ready_take_turns() -> None:
    health = Health()
    health.ready()
    assert (await ask(health, "/health/ready"))[0] == 200
    health.not_ready("no broker")
    status, body = await ask(health, "/health/ready")
    assert (status, orjson.loads(body)["reason"]) == (503, "no broker")


async def test_the_metrics_page_shows_every_declared_metric_with_its_help() -> None:
    metrics.COMMITS.inc()
    status, body = await ask(Health(), "/metrics")
    assert status == 200
    assert b"# HELP dapi_commits_total Transactions committed by workers." in body
    assert b"# TYPE dapi_store_seconds histogram" in body


def test_a_block_that_raised_is_not_timed() -> None:
    with pytest.raises(ValueError), metrics.timed(metrics.STEP_SECONDS):
        raise ValueError
    before = metrics.REGISTRY.get_sample_value("dapi_step_seconds_count")
    with metrics.timed(metrics.STEP_SECONDS):
        pass
    assert metrics.REGISTRY.get_sample_value("dapi_step_seconds_count") == (before or 0) + 1
