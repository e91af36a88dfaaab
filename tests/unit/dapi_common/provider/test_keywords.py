import pytest

from dapi_common.provider.keywords import kind_of


@pytest.mark.parametrize("word", ["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "stop", " Stop\n"])
def test_one_word_opts_out_in_any_case(word: str) -> None:
    assert kind_of(word) == "opt-out"


@pytest.mark.parametrize("word", ["START", "YES", "UNSTOP", "yes", "\tUnstop "])
def test_one_word_opts_in_in_any_case(word: str) -> None:
    assert kind_of(word) == "opt-in"


@pytest.mark.parametrize("text", ["", " ", "STOP ALL", "please stop", "STOP!", "stopped", "yes please", "HELP"])
def test_whatever_else_is_a_message(text: str) -> None:
    assert kind_of(text) == "message"
