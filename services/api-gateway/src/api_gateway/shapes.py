"""The scalars that clients may write as strings or as integers, and how a misshapen body becomes an error."""

import re
from collections.abc import Mapping
from typing import Annotated, Final, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from api_gateway.errors import Problem, pointer
from dapi_common.events.shapes import JsonObject

_DIGITS: Final = re.compile(r"[0-9]{1,18}", re.ASCII)
DAY: Final = 86_400
_ID: Final = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)
_MESSAGE_ID: Final = re.compile(r"[1-9][0-9]{0,17}(-[1-9][0-9]{0,17})?", re.ASCII)


def _integer(value: object) -> object:
    """A string of digits as its integer; anything else as it is, for the model to judge."""
    return int(value) if isinstance(value, str) and _DIGITS.fullmatch(value) else value


def _identifier(value: object) -> str:
    """The id that a string or an integer names."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not _ID.fullmatch(text):
        raise ValueError("not an id")
    return text


Id = Annotated[str, BeforeValidator(_identifier)]
Positive = Annotated[int, BeforeValidator(_integer), Field(ge=1)]
Order = Annotated[int, BeforeValidator(_integer), Field(ge=0, le=2**31 - 1)]
Seconds = Annotated[int, BeforeValidator(_integer), Field(ge=1, le=604_800)]


def is_id(text: str) -> bool:
    """Whether the API could ever have given this id."""
    return _ID.fullmatch(text) is not None


def is_message_id(text: str) -> bool:
    """Whether a message, single or of an invoke, could have this id."""
    return _MESSAGE_ID.fullmatch(text) is not None


class Body(BaseModel):
    """A request's body: no field but the declared ones, no conversions but the declared ones."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


B = TypeVar("B", bound=Body)


def shaped(
    model: type[B],
    value: JsonObject,
    code: str,
    codes: Mapping[str, str] | None = None,
    at: tuple[str | int, ...] = (),
) -> B:
    """`value` (found at the path `at` of the body) as `model`. Raises Problem for the first thing that is wrong: with
    the code that `codes` has for its field, else `code`."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    path = [step for step in first["loc"] if step != "[key]"]
    blamed = (codes or {}).get(str(path[0]), code) if path else code
    raise Problem(blamed, _SAYS.get(first["type"], "The value is not valid"), pointer(*at, *path))


_SAYS: Final[Mapping[str, str]] = {
    "missing": "The field is missing",
    "extra_forbidden": "The field is not known",
    "string_type": "The value is not a string",
    "dict_type": "The value is not an object",
    "list_type": "The value is not an array",
    "too_long": "The array has too many entries",
    "too_short": "The array is empty",
    "string_too_short": "The value is empty",
}
