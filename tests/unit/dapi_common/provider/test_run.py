import sys

import pytest

from dapi_common.provider.catalog import load
from dapi_common.provider.run import main, settings_for


def test_the_base_url_is_the_vendor_s_unless_the_environment_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAPI_NEXMO_URL", "http://127.0.0.1:9100")
    assert settings_for(load()["nexmo"])().provider_url == "http://127.0.0.1:9100"
    assert settings_for(load()["twilio"])().provider_url == ""
    assert load()["twilio"].url({}) == "https://api.twilio.com"


def test_an_adapter_that_is_not_installed_is_a_usage_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["dapi-provider", "infobip"])
    with pytest.raises(SystemExit, match=r"nexmo.*twilio"):
        main()
