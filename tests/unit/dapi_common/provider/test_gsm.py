import pytest

from dapi_common.provider import gsm


@pytest.mark.parametrize(("text", "septets"), [("", 0), ("Hi", 2), ("é£\n@", 4), ("€", 2), ("[a]\\", 7)])
def test_a_text_of_the_alphabet_is_counted_in_septets(text: str, septets: int) -> None:
    assert gsm.fits(text)
    assert gsm.septets(text) == septets


@pytest.mark.parametrize(("text", "units"), [("ç", 1), ("`", 1), ("日本", 2), ("😀!", 3)])
def test_a_text_beyond_it_is_counted_in_units_of_utf_16(text: str, units: int) -> None:
    assert not gsm.fits(text)
    assert gsm.units(text) == units == len(text.encode("utf-16-le")) // 2
