"""Voice messages that bring `text` instead of a document of their own: three arguments of ours, and the XML that the
vendor reads out."""

from collections.abc import Mapping
from html import escape
from typing import Annotated, Final

from pydantic import StringConstraints

SpokenText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=3000, pattern="^[\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]+$"),
]
"""What XML can hold, and what the strictest of the vendors' voices say at once."""
Language = Annotated[str, StringConstraints(max_length=35, pattern=r"^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$")]
"""`en`, `en-GB`."""
Voice = Annotated[str, StringConstraints(max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
"""A vendor's name for it: `woman`, `Polly.Amy`."""
ARGUMENTS: Final = ("text", "language", "voice")
"""None of them is known to a vendor."""


def document(verb: str, arguments: Mapping[str, object]) -> str:
    """The XML in which `verb` says the arguments' `text`."""
    given = ((name, arguments.get(name)) for name in ("language", "voice"))
    attributes = "".join(f' {name}="{escape(str(value))}"' for name, value in given if value is not None)
    text = escape(str(arguments["text"]), quote=False)
    return f'<?xml version="1.0" encoding="UTF-8"?><Response><{verb}{attributes}>{text}</{verb}></Response>'
