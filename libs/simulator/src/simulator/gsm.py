"""How many parts a text needs, in GSM 03.38 septets or in UCS-2 units."""

import re
from functools import lru_cache
from itertools import pairwise

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


@lru_cache(maxsize=1024)
def parts(text: str, *, unicode: bool) -> int:
    """Sent as GSM, a character outside the alphabet counts as the one question mark it becomes."""
    if unicode:
        return _pack([_units(char) for char in text], *_UNITS)
    if not _ESCAPED.search(text):
        return _even(len(text), *_SEPTETS)
    return _pack([_septets(char) for char in text], *_SEPTETS)


def _even(width: int, single: int, part: int) -> int:
    return 1 if width <= single else -(-width // part)


def _pack(widths: list[int], single: int, part: int) -> int:
    return 1 if sum(widths) <= single else len(_cuts(widths, part)) + 1


def split(text: str, *, unicode: bool) -> list[str]:
    """The pieces in which a text travels."""
    single, part = _UNITS if unicode else _SEPTETS
    widths = [_units(char) if unicode else _septets(char) for char in text]
    if sum(widths) <= single:
        return [text]
    cuts = [0, *_cuts(widths, part), len(text)]
    return [text[start:end] for start, end in pairwise(cuts)]


def _units(char: str) -> int:
    return 2 if ord(char) > 0xFFFF else 1


def _septets(char: str) -> int:
    return 2 if char in _EXTENDED else 1


def _cuts(widths: list[int], part: int) -> list[int]:
    """Where parts but the first begin. An escaped character or a surrogate pair is never cut in two, so a part may
    stay one short."""
    cuts, filled = [], 0
    for n, width in enumerate(widths):
        if filled + width > part:
            cuts.append(n)
            filled = 0
        filled += width
    return cuts
