"""docker-compose.yml says the same as the table of services."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from local_stack.kafka import CLUSTER_ID, SETTINGS
from local_stack.services import SERVICES

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    parsed = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    found: dict[str, dict[str, Any]] = parsed["services"]
    return found


def expected_command(arguments: tuple[str, ...]) -> str:
    if arguments[0] == "dapi_common.provider.run":
        return " ".join(("dapi-provider", *arguments[1:]))
    return " ".join(("python -m", *arguments))


def test_every_service_of_the_table_runs_the_same_command(services: dict[str, dict[str, Any]]) -> None:
    commands = {name: services[name]["command"] for name in SERVICES}
    assert commands == {name: expected_command(arguments) for name, arguments in SERVICES.items()}


def test_nothing_runs_that_the_table_does_not_know(services: dict[str, dict[str, Any]]) -> None:
    assert services.keys() - SERVICES.keys() == {"callbacks", "kafka", "mongo", "topics", "simulator"}


def test_every_service_waits_for_the_topics_and_has_a_health_check(services: dict[str, dict[str, Any]]) -> None:
    for name in SERVICES:
        assert services[name]["depends_on"]["topics"]["condition"] == "service_completed_successfully"
        assert "/health/ready" in services[name]["healthcheck"]["test"][-1]


def test_ports_are_published_on_loopback_only(services: dict[str, dict[str, Any]]) -> None:
    published = [port for service in services.values() for port in service.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_the_gateway_alone_serves_the_admin_api_and_only_with_a_token(services: dict[str, dict[str, Any]]) -> None:
    environments = {name: services[name]["environment"] for name in SERVICES}
    assert environments["api-gateway"]["DAPI_KAFKA"] == environments["dispatcher"]["DAPI_KAFKA"]
    assert environments["api-gateway"]["DAPI_ADMIN_TOKEN"].startswith("${DAPI_ADMIN_TOKEN:?")
    assert [name for name, settings in environments.items() if "DAPI_ADMIN_PORT" in settings] == ["api-gateway"]


def test_the_broker_has_the_settings_of_the_embedded_one(services: dict[str, dict[str, Any]]) -> None:
    environment = services["kafka"]["environment"]
    assert environment["CLUSTER_ID"] == CLUSTER_ID
    for setting in ("auto.create.topics.enable", "message.max.bytes", "transaction.state.log.min.isr"):
        assert environment[f"KAFKA_{setting.replace('.', '_').upper()}"] == SETTINGS[setting]
