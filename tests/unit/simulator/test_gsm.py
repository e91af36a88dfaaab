import pytest

from simulator import gsm


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", 1), ("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3), ("é" * 160, 1)],
)
def test_a_gsm_text_has_160_characters_or_153_a_part(text: str, expected: int) -> None:
    assert gsm.parts(text, unicode=False) == expected


@pytest.mark.parametrize(("text", "expected"), [("я" * 70, 1), ("я" * 71, 2), ("я" * 134, 2), ("я" * 135, 3)])
def test_a_unicode_text_has_70_characters_or_67_a_part(text: str, expected: int) -> None:
    assert gsm.parts(text, unicode=True) == expected


def test_an_escaped_character_counts_twice() -> None:
    assert gsm.parts("€" * 80, unicode=False) == 1
    assert gsm.parts("€" * 81, unicode=False) == 2


def test_an_escaped_character_is_not_cut_in_two() -> None:
    exactly_two_parts = "a" * 306
    one_moved_on = "a" * 152 + "€" + "a" * 152
    assert gsm.parts(exactly_two_parts, unicode=False) == 2
    assert len(one_moved_on) + 1 == len(exactly_two_parts)
    assert gsm.parts(one_moved_on, unicode=False) == 3


def test_a_surrogate_pair_is_two_units_in_one_part() -> None:
    assert gsm.parts("😀" * 35, unicode=True) == 1
    assert gsm.parts("😀" * 67, unicode=True) == 3


@pytest.mark.parametrize(
    ("text", "unicode", "lengths"),
    [
        ("a" * 160, False, [160]),
        ("a" * 161, False, [153, 8]),
        ("a" * 152 + "€" + "a" * 10, False, [152, 11]),
        ("я" * 140, True, [67, 67, 6]),
        ("😀" * 36, True, [33, 3]),
        ("", False, [0]),
    ],
)
def test_pieces_are_as_long_as_they_may_be_and_lose_nothing(text: str, unicode: bool, lengths: list[int]) -> None:
    pieces = gsm.split(text, unicode=unicode)
    assert ([len(piece) for piece in pieces], "".join(pieces)) == (lengths, text)
    assert len(pieces) == gsm.parts(text, unicode=unicode)


def test_the_alphabet_is_known() -> None:
    assert gsm.fits_gsm("Grüße, 10 € [ok]")
    assert not gsm.fits_gsm("привет")
