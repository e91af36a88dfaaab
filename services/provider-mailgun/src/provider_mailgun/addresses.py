"""Mail addresses as Mailgun takes and tells them: one or several in a text, with commas, with a name or without."""

import re
from typing import Final

_ENTRY: Final = re.compile(r'(?:[^,"]|"[^"]*")+')
"""Up to the next comma that is in no quotes. Takes time in proportion to the text, whatever it holds."""


def entries(text: str) -> list[str]:
    """The entries of a list, names included. [] when its quotes are not closed."""
    if text.count('"') % 2:
        return []
    return [entry.strip() for entry in _ENTRY.findall(text) if entry.strip()]


def bare(entry: str) -> str:
    """The address of `Name <address>`."""
    return entry[:-1].rpartition("<")[2] if entry.endswith(">") else entry


def first(given: object) -> str:
    """The first address of an argument or a header: a list, or a text. "" when there is none."""
    one = given[0] if isinstance(given, list) and given else given
    found = entries(one) if isinstance(one, str) else []
    return bare(found[0]) if found else ""
