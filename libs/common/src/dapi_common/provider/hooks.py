"""Where a vendor reaches us about one message."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final


def _nowhere(content: str) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Hooks:
    """`receipts`: the URL for this message's callbacks; "" when the installation has no public URL. `reference`: what
    a vendor may carry along and give back where callbacks have one URL for a whole account: [A-Za-z0-9_-], at most 64
    characters. `document`: the URL at which we serve a document (XML) to the vendor; "" without a public URL."""

    receipts: str = ""
    reference: str = ""
    document: Callable[[str], str] = _nowhere


NO_HOOKS: Final = Hooks()
