"""`dapi parking` where there is nothing to talk to."""

import logging
import socket

import pytest

from dapi_common import cli


@pytest.mark.parametrize("verb", [["list"], ["show", "dapi.sends/0/1"], ["drop", "dapi.sends/0/1"]], ids=lambda v: v[0])
def test_a_broker_that_is_away_is_one_line_and_exit_code_1(
    verb: list[str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("DAPI_KAFKA", f"127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(SystemExit) as problem:
            cli.main(["parking", *verb])
    assert str(problem.value).startswith("dapi: ")
    assert "\n" not in str(problem.value)
    assert capfd.readouterr() == ("", "")
    assert logging.getLogger("aiokafka").level == logging.NOTSET
