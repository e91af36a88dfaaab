"""What credentials and arguments are made of. Unknown names are refused, and no error shows what was given."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints
from pydantic_core import PydanticCustomError

PhoneNumber = Annotated[str, StringConstraints(pattern=r"^\+[1-9][0-9]{6,14}$")]
"""E.164."""
LoosePhoneNumber = Annotated[str, StringConstraints(pattern=r"^\+?[1-9][0-9]{6,14}$")]
"""E.164, of which some vendors leave out the plus sign."""
Key = Annotated[str, StringConstraints(min_length=1, max_length=1024, pattern=r"^[!-~]+$")]
"""A credential that only travels in a body or a header."""
PathKey = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9_-]+$")]
"""A credential that becomes part of a URL's path: nothing that could lead elsewhere."""
Label = Annotated[str, StringConstraints(max_length=63, pattern=r"^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$")]
"""A credential that becomes one label of a host name."""
Domain = Annotated[
    str,
    StringConstraints(max_length=253, pattern=r"^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$"),
]
Url = Annotated[str, StringConstraints(max_length=2048, pattern=r"^https?://[!-~]+$")]
Urls = Annotated[list[Url], BeforeValidator(lambda given: [given] if isinstance(given, str) else given)]
"""One, or a list of them."""
Text = Annotated[str, StringConstraints(min_length=1, max_length=255)]


class Credentials(BaseModel):
    """The keys of one provider."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Arguments(BaseModel):
    """The parameters of one send, by the vendor's names."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def lacks(field: str, text: str) -> PydanticCustomError:
    """What a model's own validator raises, blaming one field."""
    return PydanticCustomError("lacks", "{text}", {"field": field, "text": text})


def parameters(arguments: dict[str, object]) -> list[tuple[str, str]]:
    """Arguments as form fields: booleans in lower case, a list as a repeated name, null as no field."""
    return [
        (name, str(item).lower() if isinstance(item, bool) else str(item))
        for name, value in arguments.items()
        for item in (value if isinstance(value, list) else [value])
        if item is not None
    ]
