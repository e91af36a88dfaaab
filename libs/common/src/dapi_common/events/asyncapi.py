"""The topics as a public interface: JSON Schemas of every payload, and an AsyncAPI 3.0 document of it all.

Both are made from the models and from topics.py, so they say what the code does (`dapi schemas`)."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from inspect import cleandoc
from typing import Any

from pydantic.json_schema import models_json_schema

from dapi_common import events, topics
from dapi_common.events.envelope import Payload, Registry
from dapi_common.topics import Topic

JsonSchema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Described:
    """A topic, the types that it carries (None: whatever came, or a service's own state), and what it is for."""

    topic: Topic
    types: Registry | None
    kind: str
    about: str

    @property
    def id(self) -> str:
        """The topic within the document."""
        return self.topic.name.split(".")[1]

    @property
    def models(self) -> list[type[Payload]]:
        """In order of declaration."""
        return [self.types.model(name) for name in self.types.names()] if self.types else []


DESCRIBED = (
    Described(topics.COMMANDS, events.COMMANDS, "work", "What clients asked for, checked by the gateway."),
    Described(topics.EVENTS, events.EVENTS, "log", "What was decided: the log of record."),
    Described(topics.SENDS, events.SENDS, "work", "One message to one contact each, and the controls over them."),
    Described(topics.provider_topic("{provider}"), events.SENDS, "work", "What one provider is to be sent now."),
    Described(topics.DELIVERIES, events.DELIVERIES, "log", "What happened to each send."),
    Described(topics.INBOUND, events.INBOUND, "work", "What people sent back, each time that a vendor passed it on."),
    Described(topics.OUTCOMES, events.OUTCOMES, "answers", "The planner's answer to each command."),
    Described(topics.ACCOUNTS, events.ACCOUNTS, "table", "What gateways must know of each account."),
    Described(topics.SIGNALS, events.SIGNALS, "samples", "What adapters saw of their providers; may be incomplete."),
    Described(topics.PROVIDER_HEALTH, events.PROVIDER_HEALTH, "table", "How each provider does for each account."),
    Described(topics.PLANNER_STATE, None, "private", "The planner's own state; changes without notice."),
    Described(topics.DISPATCHER_STATE, None, "private", "The dispatcher's own state; changes without notice."),
    Described(topics.provider_state("{provider}"), None, "private", "How far one provider's adapter is."),
    Described(topics.PARKING, None, "parking", "Records that nobody could process, as they came, and why."),
)
ENVELOPE: JsonSchema = {
    "type": "object",
    "description": "CloudEvents 1.0 in Kafka headers (binary content mode); every value is UTF-8 text.",
    "required": ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "content-type"],
    "properties": {
        "ce_specversion": {"const": "1.0"},
        "ce_id": {"type": "string", "description": "Unique within ce_source."},
        "ce_type": {"type": "string", "description": "Names the payload's schema."},
        "ce_source": {"type": "string", "description": "Who wrote the record."},
        "ce_time": {"type": "string", "format": "date-time", "description": "When it was written, UTC."},
        "content-type": {"const": "application/json"},
    },
}


def about(model: type[Payload]) -> str:
    """What a type says, on one line."""
    return " ".join(cleandoc(model.__doc__ or "").split())


def family(model: type[Payload]) -> type[Payload] | None:
    """What a type shares with others: their fields, and what is said of all of them."""
    parents = (parent for parent in model.__mro__[1:] if issubclass(parent, Payload) and parent is not Payload)
    return next(parents, None)


def schemas() -> dict[str, JsonSchema]:
    """By topic. A definition is called like the type it describes, as `ce_type` has it."""
    return {d.topic.name: _schema(d) for d in DESCRIBED if d.types is not None and d.id != "provider"}


def document() -> JsonSchema:
    """The AsyncAPI document, whole in itself."""
    definitions: JsonSchema = {"envelope": ENVELOPE}
    messages: JsonSchema = {}
    for described in DESCRIBED:
        definitions |= _definitions(described.models, "#/components/schemas/{model}")
        messages = {model.TYPE: _message(model, described.topic.key) for model in described.models} | messages
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Delivery API: topics",
            "version": version("dapi-common"),
            "description": "Every topic of the Delivery API. What may be assumed of them is in events.md.",
        },
        "defaultContentType": "application/json",
        "channels": {described.id: _channel(described) for described in DESCRIBED},
        "operations": {name: body for described in DESCRIBED for name, body in _operations(described)},
        "components": {"messages": messages, "schemas": definitions},
    }


def _schema(described: Described) -> JsonSchema:
    models = described.models
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": described.topic.name,
        "description": f"{described.about} The header ce_type names the definition that holds.",
        "anyOf": [{"$ref": f"#/$defs/{model.TYPE}"} for model in models],
        "$defs": _definitions(models, "#/$defs/{model}"),
    }


def _definitions(models: list[type[Payload]], reference: str) -> JsonSchema:
    """What is written, rather than all that would be read."""
    _, schema = models_json_schema([(model, "serialization") for model in models], ref_template=reference)
    definitions: JsonSchema = schema.get("$defs", {})
    types = {model.TYPE: definitions.pop(model.__name__) | {"description": _whole(model)} for model in models}
    return types | definitions


def _whole(model: type[Payload]) -> str:
    shared = family(model)
    return f"{about(model)} {about(shared)}" if shared else about(model)


def _message(model: type[Payload], key: str) -> JsonSchema:
    named = {"properties": {"ce_type": {"const": model.TYPE}}}
    return {
        "name": model.TYPE,
        "summary": about(model),
        "contentType": "application/json",
        "headers": {"allOf": [{"$ref": "#/components/schemas/envelope"}, named]},
        "payload": {"$ref": f"#/components/schemas/{model.TYPE}"},
        "bindings": {"kafka": {"key": {"type": "string", "description": key}, "bindingVersion": "0.5.0"}},
    }


def _channel(described: Described) -> JsonSchema:
    settings = described.topic.config()
    configuration = {
        "cleanup.policy": [settings["cleanup.policy"]],
        "retention.ms": int(settings["retention.ms"]),
        "max.message.bytes": int(settings["max.message.bytes"]),
    }
    parameters = {"provider": {"description": "The provider's name."}} if described.id == "provider" else {}
    return {
        "address": described.topic.name,
        "summary": described.about,
        "description": f"Key: {described.topic.key}. Kind: {described.kind}.",
        "messages": {model.TYPE: {"$ref": f"#/components/messages/{model.TYPE}"} for model in described.models},
        "parameters": parameters,
        "bindings": {"kafka": {"topicConfiguration": configuration, "bindingVersion": "0.5.0"}},
    }


def _operations(described: Described) -> Iterator[tuple[str, JsonSchema]]:
    """Who writes the topic (`send`) and who reads it (`receive`)."""
    channel = {"$ref": f"#/channels/{described.id}"}
    for action, verb, names in (
        ("send", "writes", described.topic.writers),
        ("receive", "reads", described.topic.readers),
    ):
        for name in names.split(", "):
            who = name.replace("-{provider}", "").replace(" ", "-")
            summary = f"{name} {verb} {described.topic.name}"
            yield f"{who}-{verb}-{described.id}", {"action": action, "channel": channel, "summary": summary}
