"""A plan's own fields, put into what a vendor would post."""

from collections.abc import Mapping


def merged(event: Mapping[str, object], fields: Mapping[str, str]) -> dict[str, object]:
    """The event with these values; a dot in a name leads into an object, which is made where there is none."""
    result = dict(event)
    for path, value in fields.items():
        _put(result, path.split("."), value)
    return result


def _put(into: dict[str, object], path: list[str], value: str) -> None:
    name, *rest = path
    if rest:
        inner = into.get(name)
        into[name] = inner = dict(inner) if isinstance(inner, dict) else {}
        _put(inner, rest, value)
    else:
        into[name] = value
