"""Providers' rates come from a file that an operator can override."""

from pathlib import Path

import pytest

from dispatcher.rates import DispatcherSettings, ceilings, find, parse, read_rates

FILE = 'nexmo = { rate_per_second = 30, channels = ["sms"] }\n[mailgun]\nchannels = ["email"]\n'


def test_a_provider_without_a_rate_has_no_ceiling() -> None:
    assert parse(FILE) == {"nexmo": 30.0, "mailgun": None}
    assert ceilings(parse(FILE)) == {"nexmo": 30.0}


def test_the_environment_overrides_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "providers.toml"
    file.write_text(FILE)
    monkeypatch.setenv("DAPI_PROVIDERS_FILE", str(file))
    monkeypatch.setenv("DAPI_PROVIDER_RATES", '{"nexmo": 500, "mailgun": 0.5, "slow": null}')
    assert read_rates(DispatcherSettings()) == {"nexmo": 500.0, "mailgun": 0.5, "slow": None}


def test_the_file_is_found_above_the_working_directory(tmp_path: Path) -> None:
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy" / "providers.toml").write_text(FILE)
    assert find([tmp_path / "services" / "dispatcher"]) == tmp_path / "deploy" / "providers.toml"
    assert find([]) is None


def test_a_rate_of_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="rate_per_second"):
        parse("nexmo = { rate_per_second = 0 }")
