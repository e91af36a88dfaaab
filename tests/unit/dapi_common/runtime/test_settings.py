"""Settings come from the environment and are never quoted."""

import pytest
from pydantic import SecretStr, ValidationError

from dapi_common.runtime.settings import Settings, problems

SECRET = "hunter2hunter2"


class Special(Settings):
    window: int = 100
    token: SecretStr


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("KAFKA", "MONGO", "MONGO_DB", "PARTITIONS", "INSTANCE", "HEALTH_PORT", "MASTER_KEY", "LOG_LEVEL"):
        monkeypatch.delenv(f"DAPI_{name}", raising=False)
    return monkeypatch


def test_everything_has_a_default(environment: pytest.MonkeyPatch) -> None:
    settings = Settings()
    assert (settings.mongo_db, settings.partitions, settings.instance, settings.health_port) == ("dapi", 4, "0", 0)


def test_the_environment_overrides_and_empty_values_do_not(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("DAPI_PARTITIONS", "64")
    environment.setenv("DAPI_INSTANCE", "")
    environment.setenv("DAPI_TOKEN", SECRET)
    settings = Special()
    assert (settings.partitions, settings.instance, settings.token.get_secret_value()) == (64, "0", SECRET)


def test_secrets_do_not_show(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("DAPI_MASTER_KEY", SECRET)
    environment.setenv("DAPI_MONGO", f"mongodb://dapi:{SECRET}@db/")
    assert SECRET not in repr(Settings())
    assert SECRET not in str(Settings())


def test_what_is_wrong_is_named_without_its_value(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("DAPI_PARTITIONS", SECRET)
    with pytest.raises(ValidationError) as refusal:
        Special()
    assert sorted(problems(refusal.value)) == ["DAPI_PARTITIONS: int_parsing", "DAPI_TOKEN: missing"]
    assert SECRET not in str(refusal.value)
