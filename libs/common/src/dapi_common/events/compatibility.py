"""Whether readers of one JSON Schema can read what writers of another write. Says why not, in words.

For the schemas that asyncapi.py makes: readers pass over fields that they do not know, and everything is spelt with
the keywords that are dealt with here. A keyword that is not known must be the same on both sides."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

JsonSchema = Mapping[str, Any]

_SAYS_NOTHING: Final = frozenset({"title", "description", "default", "$schema", "$defs"})
_AT_LEAST: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_AT_MOST: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_DEALT_WITH: Final = _SAYS_NOTHING.union(
    _AT_LEAST,
    _AT_MOST,
    ("$ref", "anyOf", "type", "enum", "const", "required", "properties", "additionalProperties", "propertyNames"),
    ("items", "prefixItems"),
)
_WIDER: Final = {"integer": {"integer", "number"}}


class Comparison:
    """Of two whole documents, `writer` and `reader`. `removals`: a field that the writer no longer has is a problem,
    and so is a default that means something else."""

    def __init__(self, writer: JsonSchema, reader: JsonSchema, removals: bool) -> None:
        self._writer, self._reader, self._removals = writer, reader, removals
        self._comparing: set[tuple[str, str]] = set()

    def problems(self) -> Iterator[str]:
        """Type by type, of those that both have: readers pass over types that they do not know."""
        written, read = _types(self._writer), _types(self._reader)
        for name in read:
            if name in written:
                yield from self._values(self._writer["$defs"][name], self._reader["$defs"][name], name)
            elif self._removals:
                yield f"{name} is gone"

    def _values(self, writer: JsonSchema, reader: JsonSchema, where: str) -> Iterator[str]:
        """Every value that `writer` allows is one that `reader` allows."""
        pair = (str(writer.get("$ref")), str(reader.get("$ref")))
        if "$ref" in writer and "$ref" in reader:
            if pair in self._comparing:
                return
            self._comparing.add(pair)
        for written in _alternatives(writer, self._writer):
            yield from self._taken(written, _alternatives(reader, self._reader), where)
        self._comparing.discard(pair)

    def _taken(self, written: JsonSchema, choice: list[JsonSchema], where: str) -> Iterator[str]:
        """One of the reader's alternatives takes it; else what the most alike one says."""
        said = [list(self._plain(written, reader, where)) for reader in choice]
        if all(said):
            alike = [
                each for each, reader in zip(said, choice, strict=True) if reader.get("type") == written.get("type")
            ]
            yield from min(alike or said, key=len)

    def _plain(self, writer: JsonSchema, reader: JsonSchema, where: str) -> Iterator[str]:
        yield from _kinds(writer, reader, where)
        yield from _bounds(writer, reader, where)
        yield from self._fields(writer, reader, where)
        for keyword, name in (("items", "[]"), ("additionalProperties", ".*"), ("propertyNames", " (its keys)")):
            if isinstance(read := reader.get(keyword), Mapping):
                written = writer.get(keyword, {})
                yield from self._values(written if isinstance(written, Mapping) else {}, read, where + name)
        for at, read in enumerate(reader.get("prefixItems", [])):
            known = writer.get("prefixItems", [])
            yield from self._values(known[at] if at < len(known) else {}, read, f"{where}[{at}]")
        for keyword in sorted((writer.keys() | reader.keys()) - _DEALT_WITH):
            if writer.get(keyword) != reader.get(keyword):
                yield f"{where}: {keyword} is not the same"

    def _fields(self, writer: JsonSchema, reader: JsonSchema, where: str) -> Iterator[str]:
        written, read = writer.get("properties", {}), reader.get("properties", {})
        for name, field in read.items():
            if name in written:
                yield from self._values(written[name], field, f"{where}.{name}")
                yield from self._default(written[name], field, f"{where}.{name}")
            elif self._removals:
                yield f"{where}.{name} is gone"
        for name in reader.get("required", []):
            if name not in writer.get("required", []):
                yield f"{where}.{name} may be missing, and readers need it"

    def _default(self, writer: JsonSchema, reader: JsonSchema, where: str) -> Iterator[str]:
        if self._removals and "default" in reader and reader["default"] != writer.get("default", reader["default"]):
            yield f"{where} means {writer['default']!r} when it is missing, and meant {reader['default']!r}"


def _types(document: JsonSchema) -> list[str]:
    """The payloads among the definitions."""
    return [str(each["$ref"]).rpartition("/")[2] for each in document["anyOf"]]


def _alternatives(schema: JsonSchema, document: JsonSchema) -> list[JsonSchema]:
    if "$ref" in schema:
        return _alternatives(document["$defs"][str(schema["$ref"]).rpartition("/")[2]], document)
    if "anyOf" in schema:
        return [found for each in schema["anyOf"] for found in _alternatives(each, document)]
    return [schema]


def _kinds(writer: JsonSchema, reader: JsonSchema, where: str) -> Iterator[str]:
    """Types and single values."""
    written, read = _literals(writer), _literals(reader)
    if read is not None and written is None:
        yield f"{where} may be anything, and readers know {', '.join(map(repr, read))}"
    elif read is not None and written is not None:
        yield from (f"{where}: {value!r} is new, and readers refuse it" for value in written if value not in read)
    kind, wanted = writer.get("type"), reader.get("type")
    if wanted is not None and wanted not in _WIDER.get(str(kind), {kind}) and (kind or written is None):
        yield f"{where} is {kind or 'of any type'}, and readers want {wanted}"


def _literals(schema: JsonSchema) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _bounds(writer: JsonSchema, reader: JsonSchema, where: str) -> Iterator[str]:
    for keyword in (*_AT_LEAST, *_AT_MOST):
        if keyword not in reader:
            continue
        bound, wanted = writer.get(keyword), reader[keyword]
        if bound is None or (bound < wanted if keyword in _AT_LEAST else bound > wanted):
            yield f"{where}: {keyword} is {bound}, and readers want {wanted}"
