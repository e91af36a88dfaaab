"""Mail addresses as vendors take them: bare, or with a name."""

import re
from email.utils import getaddresses

_ADDRESS = re.compile(r'[^@\s<>,;:"()]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,}')


def addresses(text: str) -> tuple[str, ...]:
    """The bare addresses of a comma list; none at all when one of them is malformed."""
    found = tuple(address for _, address in getaddresses([text]))
    return found if all(_ADDRESS.fullmatch(address) for address in found) else ()


def domain_of(address: str) -> str:
    return address.rpartition("@")[2]
