"""SNS's answers, which are XML, as JSON objects.

https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""

from typing import Final
from xml.etree.ElementTree import ParseError, fromstring

from dapi_common.events.shapes import JsonObject

_NAMES: Final = frozenset({"MessageId", "SequenceNumber", "RequestId", "Type", "Code", "Message", "Detail"})
_DOCTYPE: Final = "<!DOCTYPE"


def flat(body: bytes) -> JsonObject:
    """What an answer holds, without its nesting (no name comes twice); {} for what is none. A document that defines
    anything of its own is none, so nothing is expanded and nothing fetched; its size the client has bounded."""
    try:
        text = body.decode()
        if _DOCTYPE in text:
            return {}
        root = fromstring(text)  # noqa: S314  # without a DOCTYPE there are no entities
    except (ValueError, ParseError):
        return {}
    found = ((element.tag.rpartition("}")[2], (element.text or "").strip()) for element in root.iter())
    return {name: value for name, value in found if name in _NAMES and value}
