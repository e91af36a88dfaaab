from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from dapi_common.provider import speech

SPOKEN: TypeAdapter[str] = TypeAdapter(speech.SpokenText)
XML_CHARACTERS = st.characters(codec="utf-8", min_codepoint=32, exclude_characters="\ufffe\uffff")


@given(text=st.text(XML_CHARACTERS, min_size=1, max_size=50))
def test_whatever_may_be_said_is_read_back_from_the_document(text: str) -> None:
    said = ElementTree.fromstring(speech.document("Say", {"text": SPOKEN.validate_python(text)}))[0]
    assert (said.tag, said.text, said.attrib) == ("Say", text, {})


def test_language_and_voice_are_attributes() -> None:
    xml = speech.document("Speak", {"text": "Hi", "language": "en-GB", "voice": "Polly.Amy", "to": "1"})
    assert ElementTree.fromstring(xml)[0].attrib == {"language": "en-GB", "voice": "Polly.Amy"}


@pytest.mark.parametrize("text", ["", "a\x00", "\x1b", "\ufffe", "a" * 3001])
def test_what_xml_cannot_hold_or_nobody_says_at_once_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        SPOKEN.validate_python(text)


@pytest.mark.parametrize("language", ["", "e", 'en"', "en_GB", "en-"])
def test_a_language_is_a_tag(language: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(speech.Language).validate_python(language)


@pytest.mark.parametrize("voice", ["", "-", 'a"b', "a b"])
def test_a_voice_is_a_name(voice: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(speech.Voice).validate_python(voice)
