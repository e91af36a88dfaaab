"""The scalars that clients may write as strings or as integers, and how a misshapen body becomes an error."""

import re
from collections.abc import Mapping
from typing import Annotated, Final, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema
from pydantic_core import ErrorDetails

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


def _as_string_or(pattern: re.Pattern[str], **integer: int) -> WithJsonSchema:
    """What the reference says of such a scalar."""
    text = {"type": "string", "pattern": f"^{pattern.pattern}$"}
    return WithJsonSchema({"anyOf": [text, {"type": "integer", **integer}]})


_WEEK: Final = 7 * DAY
_GREATEST_ORDER: Final = 2**31 - 1
_GREATEST_ID: Final = 10**18 - 1


Id = Annotated[str, BeforeValidator(_identifier), _as_string_or(_ID, minimum=1, maximum=_GREATEST_ID)]
Positive = Annotated[int, BeforeValidator(_integer), Field(ge=1), _as_string_or(_DIGITS, minimum=1)]
Order = Annotated[
    int,
    BeforeValidator(_integer),
    Field(ge=0, le=_GREATEST_ORDER),
    _as_string_or(_DIGITS, minimum=0, maximum=_GREATEST_ORDER),
]
Seconds = Annotated[
    int, BeforeValidator(_integer), Field(ge=1, le=_WEEK), _as_string_or(_DIGITS, minimum=1, maximum=_WEEK)
]


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
        first = error.errors(include_url=False, include_input=False)[0]
    path = [step for step in first["loc"] if step != _NAME]
    blamed = (codes or {}).get(str(path[0]), code) if path else code
    raise Problem(blamed, _told(first), pointer(*at, *path))


def _told(error: ErrorDetails) -> str:
    """What the caller is to do about it. Names fields, never values."""
    *_, last = error["loc"] or ("the body",)
    name = "each name" if last == _NAME else str(last)[:64] if isinstance(last, str) else "each entry"
    says = _SAYS.get(error["type"], "{name} is not valid: it must be as documented")
    return says.format(name=name, **error.get("ctx", {}))


_NAME: Final = "[key]"
"""The last step of the path to a name in an object, where the name is to blame."""
_SAYS: Final[Mapping[str, str]] = {
    "missing": "{name} is required",
    "extra_forbidden": "{name} is not known: leave it out",
    "string_type": "{name} must be a string",
    "dict_type": "{name} must be an object",
    "model_type": "{name} must be an object",
    "list_type": "{name} must be an array",
    "int_type": "{name} must be an integer, or one in a string",
    "literal_error": "{name} must be {expected}",
    "greater_than_equal": "{name} must be at least {ge}",
    "less_than_equal": "{name} must be at most {le}",
    "too_long": "{name} must have at most {max_length} entries",
    "too_short": "{name} must not be empty",
    "amount": "{name} must be an amount: digits, and up to 6 after a point, in a string",
    "value_error": "{name} must be an id: a positive integer",
}
