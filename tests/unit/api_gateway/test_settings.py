"""What keeps a gateway from starting."""

import pytest
from pydantic import ValidationError

from api_gateway.settings import GatewaySettings
from dapi_common.runtime.settings import problems


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("HTTP_PORT", "ADMIN_HOST", "ADMIN_PORT", "ADMIN_TOKEN"):
        monkeypatch.delenv(f"DAPI_{name}", raising=False)
    return monkeypatch


def test_the_admin_api_is_off_and_on_loopback_unless_told_otherwise() -> None:
    settings = GatewaySettings()
    assert (settings.admin_port, settings.admin_host) == (0, "127.0.0.1")


@pytest.mark.parametrize("token", [None, "", "  "])
def test_an_admin_port_needs_a_token(environment: pytest.MonkeyPatch, token: str | None) -> None:
    environment.setenv("DAPI_ADMIN_PORT", "8081")
    if token is not None:
        environment.setenv("DAPI_ADMIN_TOKEN", token)
    with pytest.raises(ValidationError) as refusal:
        GatewaySettings()
    assert problems(refusal.value) == ["DAPI_ADMIN_TOKEN: needed_with_admin_port"]


def test_the_token_does_not_show(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("DAPI_ADMIN_PORT", "8081")
    environment.setenv("DAPI_ADMIN_TOKEN", "hunter2hunter2")
    settings = GatewaySettings()
    assert settings.admin_token.get_secret_value() == "hunter2hunter2"
    assert "hunter2" not in repr(settings)
