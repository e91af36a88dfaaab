"""What fields mean whose models do not say it: the same in requests and in answers."""

from collections.abc import Mapping
from typing import Final

FIELDS: Final[Mapping[str, str]] = {
    "arguments": "The provider's own parameters, by the provider's own names",
    "contact": "The number in E.164, the e-mail address or the device's token",
    "created-at": "RFC 3339 in UTC, with microseconds",
    "delivery": "What the provider's receipts say became of it; absent while unknown",
    "delivery_reply": "The receipt that decides, as it came",
    "error-code": "Empty unless it failed",
    "field": "A JSON pointer to what is to blame in the body",
    "list_id": "The list that is contacted",
    "message_id": "Where the message's own story is: GET /v1/messages/{message}",
    "metadata": "Any JSON object of at most 64 KiB, kept as it is",
    "mpm": "Messages in any minute, at most",
    "mps": "Messages in any second, at most",
    "on-unknown": "When a request to the provider was sent and never answered: fail the message, or send it again",
    "order": "Lower ones are contacted first; equal ones side by side",
    "ordering": "Whether a higher order waits for the first attempts of the lower ones, or for their final outcomes",
    "provider_reply": "The provider's answer as it came; {} while pending",
    "providers": "With which arguments to send, for each provider and type in the list",
    "retry_of": "The invoke of which those who failed or were stopped are contacted again",
    "throughput": "Ceilings by type; without any, the account's own",
    "ttl": "Seconds after which what has not been sent fails with `expired`; a day when it is not given",
}
