"""Why a mail bounced, was delayed, rejected or complained about: SES's words, and ours.

https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html"""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from dapi_common.events.shapes import JsonObject


class Reason(NamedTuple):
    """`code` is SES's. `suppress`: nothing may be sent to the address any more."""

    code: str = ""
    description: str = ""
    suppress: bool = False


NONE: Final = Reason()

# bounceType, bounceSubType
BOUNCES: Final[Mapping[tuple[str, str], str]] = {
    ("Undetermined", "Undetermined"): "the mail bounced, and the reason cannot be told",
    ("Permanent", "General"): "the mailbox's provider refuses for good",
    ("Permanent", "NoEmail"): "there is no such mailbox",
    ("Permanent", "Suppressed"): "the address is on SES's suppression list",
    ("Permanent", "OnAccountSuppressionList"): "the address is on the account's suppression list at SES",
    ("Transient", "General"): "the mailbox's provider refused, perhaps with an automatic answer",
    ("Transient", "MailboxFull"): "the mailbox is full",
    ("Transient", "MessageTooLarge"): "the mail is too large for the mailbox",
    ("Transient", "ContentRejected"): "the mailbox's provider rejects the content",
    ("Transient", "AttachmentRejected"): "the mailbox's provider rejects an attachment",
}
# https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html (deliveryDelay; its values
# were seen, not read in Amazon's documentation)
DELAYS: Final[Mapping[str, str]] = {
    "InternalFailure": "SES has a failure of its own",
    "General": "the mailbox's provider could not be reached for now",
    "MailboxFull": "the mailbox is full for now",
    "SpamDetected": "the mailbox's provider takes the account's mail for spam",
    "RecipientServerError": "the mailbox's provider has a failure",
    "IPFailure": "the mailbox's provider blocks or throttles the sending address",
    "TransientCommunicationFailure": "the connection to the mailbox's provider failed",
    "BYOIPHostNameLookupUnavailable": "the host name of the account's own sending address cannot be looked up",
    "Undetermined": "the reason cannot be told",
    "SendingDeferral": "SES put the mail off by itself",
}
COMPLAINTS: Final[Mapping[str, str]] = {
    "abuse": "the recipient calls the mail unwanted",
    "auth-failure": "the mail did not pass authentication",
    "fraud": "the recipient calls the mail fraudulent",
    "not-spam": "the recipient calls the mail wanted after all",
    "other": "the recipient complained",
    "virus": "a virus was found in the mail",
}
_COMPLAINT: Final = "the recipient complained"
_NO_COMPLAINT: Final = "not-spam"
_WORD: Final = re.compile(r"[A-Za-z-]{1,64}")


def reason_of(event: str, details: JsonObject) -> Reason:
    """What an event's own section says."""
    match event:
        case "Bounce":
            return _bounce(_word(details, "bounceType"), _word(details, "bounceSubType"))
        case "Complaint":
            kind = _word(details, "complaintFeedbackType") or _word(details, "complaintSubType")
            return Reason(kind, COMPLAINTS.get(kind, _COMPLAINT), suppress=kind != _NO_COMPLAINT)
        case "DeliveryDelay":
            kind = _word(details, "delayType")
            return Reason(kind, DELAYS.get(kind, DELAYS["Undetermined"]))
        case "Reject":
            return Reason("Reject", "SES found a virus in the mail and did not send it")
        case "Rendering Failure":
            return Reason("RenderingFailure", "the template could not be filled in with its data")
        case _:
            return NONE


def _bounce(kind: str, subtype: str) -> Reason:
    """A subtype that no page names means what its type's most general does."""
    usual = BOUNCES.get((kind, "General"), BOUNCES["Undetermined", "Undetermined"])
    code = "/".join(filter(None, (kind, subtype)))
    return Reason(code, BOUNCES.get((kind, subtype), usual), suppress=kind == "Permanent")


def _word(details: JsonObject, name: str) -> str:
    value = details.get(name)
    return value if isinstance(value, str) and _WORD.fullmatch(value) else ""
