"""One spelling for each address, so that whoever names a contact names the same one: vendors leave out a number's +,
people write names around their e-mail addresses, and some fields hold several recipients in one text."""

import re
from collections.abc import Sequence
from email.utils import getaddresses
from typing import Final

from dapi_common.events.shapes import Channel

_BETWEEN_NUMBERS: Final = re.compile(r"[<,;]")
_NO_DIGIT: Final = re.compile(r"[^0-9]")
_NOT_BARE: Final = re.compile(r'[,<>"();:\s]')


def spelled(channel: Channel, text: str) -> Sequence[str]:
    """The addresses in a text, in order: numbers as + and digits, e-mail addresses in lower case, devices as they are.
    [] for a text that holds none."""
    match channel:
        case "sms" | "voice":
            numbers = (_NO_DIGIT.sub("", part) for part in _BETWEEN_NUMBERS.split(text))
            return [f"+{digits}" for digits in numbers if digits]
        case "email":
            bare = text.strip()
            found = [address for _, address in getaddresses([bare])] if _NOT_BARE.search(bare) else [bare]
            return [address.lower() for address in found if "@" in address]
        case "push":
            return [text] if text else []
