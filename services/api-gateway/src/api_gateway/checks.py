"""What the catalog of providers says about a request, as the API's errors. Nothing here needs an account's state."""

from api_gateway.errors import Problem, pointer
from dapi_common.events.shapes import Channel, JsonObject
from dapi_common.provider import catalog


def provider(name: str) -> None:
    """Raises Problem provider-invalid for a name that the API does not have."""
    if not catalog.is_provider(name):
        raise Problem("provider-invalid")


def credentials(name: str, given: JsonObject) -> dict[str, str]:
    """The credentials of a known provider. Raises Problem provider-missing-keys."""
    wrong = catalog.check_credentials(name, given)
    if wrong:
        raise Problem("provider-missing-keys", wrong.text, wrong.field)
    return {key: str(value) for key, value in given.items()}


def route(name: str, channel: Channel, *path: str | int) -> None:
    """Raises Problem message-invalid-provider when nothing here sends this type through this provider."""
    if not catalog.can_send(name, channel):
        raise Problem("message-invalid-provider", _why(name, channel), pointer(*path, "provider"))


def arguments(name: str, channel: Channel, given: JsonObject) -> None:
    """Raises Problem message-invalid-arguments. Only after `route`."""
    wrong = catalog.check_arguments(name, channel, given)
    if wrong:
        raise Problem("message-invalid-arguments", wrong.text, pointer("arguments") + wrong.field)


def offered(name: str, channel: Channel, given: JsonObject, *path: str | int) -> None:
    """The arguments of an invoke, to which each contact adds its recipient. Raises as `arguments` does."""
    wrong = catalog.check_arguments(name, channel, given, from_contact=True)
    if wrong:
        raise Problem("message-invalid-arguments", wrong.text, pointer(*path, "arguments") + wrong.field)


def contact(name: str, channel: Channel, address: str, *path: str | int) -> None:
    """Raises Problem list-invalid-contact. A provider that has the type but no adapter yet is fine: its contacts can
    be kept."""
    if channel not in catalog.channels(name):
        raise Problem("list-invalid-contact", _why(name, channel), pointer(*path, "provider"))
    wrong = catalog.check_contact(channel, address)
    if wrong:
        raise Problem("list-invalid-contact", f"The contact {wrong}", pointer(*path, "contact"))


def suppressed(channel: Channel, address: str) -> None:
    """Raises Problem suppression-invalid."""
    wrong = catalog.check_contact(channel, address)
    if wrong:
        raise Problem("suppression-invalid", f"The contact {wrong}", pointer("contact"))


def _why(name: str, channel: Channel) -> str:
    if not catalog.is_provider(name):
        return "provider must be one of the documented names"
    if channel not in catalog.channels(name):
        return f"The provider does not send {channel}: use another"
    return f"Nothing here sends {channel} through the provider yet: use another"
