"""GSM 03.38, the alphabet of SMS: what fits into it, and how long a text is on the way.

https://developer.vonage.com/en/messaging/sms/guides/concatenation-and-encoding"""

from typing import Final

EXTENDED: Final = frozenset("\f^{}\\[~]|€")
"""Characters that take two septets."""
ALPHABET: Final = EXTENDED | frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)


def fits(text: str) -> bool:
    """Whether the text can go out as GSM."""
    return ALPHABET.issuperset(text)


def septets(text: str) -> int:
    """The length of a text that fits."""
    return len(text) + sum(character in EXTENDED for character in text)


def units(text: str) -> int:
    """The length of a text that goes out as UCS-2: what lies beyond its first plane takes two."""
    return len(text) + sum(character > "\uffff" for character in text)
