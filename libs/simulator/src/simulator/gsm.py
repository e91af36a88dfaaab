"""How many parts a text needs, in GSM 03.38 septets or in UCS-2 units."""

import re

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = "\f^{}\\[~]|€"
_FITS = re.compile(f"[{re.escape(_BASIC + _EXTENDED)}]*")
_ESCAPED = re.compile(f"[{re.escape(_EXTENDED)}]")
_SEPTETS = (160, 153)
_UNITS = (70, 67)


def fits_gsm(text: str) -> bool:
    return _FITS.fullmatch(text) is not None


def parts(text: str, *, unicode: bool) -> int:
    """Sent as GSM, a character outside the alphabet counts as the one question mark it becomes."""
    if unicode:
        return _pack([2 if ord(char) > 0xFFFF else 1 for char in text], *_UNITS)
    if not _ESCAPED.search(text):
        return _even(len(text), *_SEPTETS)
    return _pack([2 if char in _EXTENDED else 1 for char in text], *_SEPTETS)


def _even(width: int, single: int, part: int) -> int:
    return 1 if width <= single else -(-width // part)


def _pack(widths: list[int], single: int, part: int) -> int:
    """An escaped character or a surrogate pair is never cut in two, so a part may stay one short."""
    if sum(widths) <= single:
        return 1
    count, filled = 1, 0
    for width in widths:
        if filled + width > part:
            count, filled = count + 1, 0
        filled += width
    return count
