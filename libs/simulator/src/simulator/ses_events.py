"""The events of SES, as a configuration set publishes them (`eventType`) or an identity notifies (`notificationType`).

https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Self
from uuid import UUID

from simulator.mailboxes import addresses, domain_of
from simulator.merging import merged
from simulator.ses_requests import Email
from simulator.sns_topics import iso, own_fields

Event = dict[str, object]
DELAY = 14.0
"""Hours for which SES goes on trying."""

# What a plan's word is to SES; its own words may be written in any case.
WORDS = {
    "accepted": "Send",
    "sent": "Send",
    "delivered": "Delivery",
    "undelivered": "Bounce",
    "opened": "Open",
    "clicked": "Click",
    "delayed": "DeliveryDelay",
    "rejected": "Reject",
}
KEYS = {
    "Send": "send",
    "Delivery": "delivery",
    "DeliveryDelay": "deliveryDelay",
    "Bounce": "bounce",
    "Complaint": "complaint",
    "Reject": "reject",
    "Open": "open",
    "Click": "click",
    "Rendering Failure": "failure",
    "Subscription": "subscription",
}
_OWN = {name.lower(): name for name in KEYS}
_STATUSES = {"MailboxFull": "4.2.2", "General": "5.1.1", "MessageTooLarge": "5.3.4", "ContentRejected": "5.6.0"}


@dataclass(frozen=True, slots=True)
class Mail:
    """What every event says of its mail."""

    id: str
    source: str
    recipients: Sequence[str]
    subject: str
    tags: Mapping[str, Sequence[str]]
    at: float

    @classmethod
    def of(cls, message_id: str, email: Email, at: float) -> Self:
        simple = email.Content.Simple
        tags = {tag.Name: [tag.Value] for tag in email.EmailTags}
        if email.ConfigurationSetName:
            tags["ses:configuration-set"] = [email.ConfigurationSetName]
        subject = simple.Subject.Data if simple else ""
        return cls(message_id, email.sender, email.Destination.everybody, subject, tags, at)

    def shown(self) -> Event:
        return {
            "timestamp": iso(self.at),
            "messageId": self.id,
            "source": self.source,
            "sourceArn": f"arn:aws:ses:eu-west-1:123456789012:identity/{domain_of(*addresses(self.source))}",
            "sendingAccountId": "123456789012",
            "destination": list(self.recipients),
            "headersTruncated": False,
            "headers": [{"name": "From", "value": self.source}, {"name": "Subject", "value": self.subject}],
            "commonHeaders": {"from": [self.source], "to": list(self.recipients), "subject": self.subject},
            "tags": {name: list(values) for name, values in self.tags.items()},
        }


@dataclass(frozen=True, slots=True)
class Case:
    """What happened: to whom of the recipients, with which code, and when; `mail` is the mail's id."""

    to: Sequence[str]
    code: str
    at: float
    mail: str

    @property
    def id(self) -> str:
        """The feedback's."""
        seed = f"{self.mail}/{self.at}/{self.code}/{','.join(self.to)}"
        return f"0102{int(self.at * 1000):012x}-{UUID(bytes=sha256(seed.encode()).digest()[:16], version=4)}-000000"


def event_of(mail: Mail, word: str, case: Case, fields: Mapping[str, str]) -> Event:
    """`notificationType` among the fields makes it an identity's; an unknown word goes out with nothing to it."""
    name = word_of(word)
    detail = _DETAILS[name](case) if name in _DETAILS else {}
    own = own_fields(fields)
    is_notification = own.pop("notificationType", None) is not None
    kind = "notificationType" if is_notification else "eventType"
    shown = mail.shown()
    if is_notification:
        del shown["tags"]
    return merged({kind: name, "mail": shown, KEYS.get(name, name.lower()): detail}, own)


def word_of(word: str) -> str:
    return WORDS.get(word.lower()) or _OWN.get(word.lower(), word)


def _send(_: Case) -> Event:
    return {}


def _delivery(case: Case) -> Event:
    return {
        "timestamp": iso(case.at),
        "processingTimeMillis": 546,
        "recipients": list(case.to),
        "smtpResponse": "250 2.6.0 Message received",
        "reportingMTA": "mta.example.org",
    }


def _delay(case: Case) -> Event:
    delayed = [
        {"emailAddress": each, "status": "4.4.1", "diagnosticCode": "smtp; 421 4.4.1 try again"} for each in case.to
    ]
    return {
        "timestamp": iso(case.at),
        "delayType": case.code or "TransientCommunicationFailure",
        "expirationTime": iso(case.at + DELAY * 3600),
        "delayedRecipients": delayed,
    }


def _bounce(case: Case) -> Event:
    """A code is `Permanent`, or with its kind `Transient/MailboxFull`."""
    kind, _, sub = (case.code or "Permanent").partition("/")
    sub = sub or ("Undetermined" if kind == "Undetermined" else "General")
    status = "4.4.7" if kind == "Transient" and sub == "General" else _STATUSES.get(sub, "5.1.1")
    code = 450 if status.startswith("4") else 550
    bounced = [
        {"emailAddress": each, "action": "failed", "status": status, "diagnosticCode": f"smtp; {code} {status}"}
        for each in case.to
    ]
    return {
        "bounceType": kind,
        "bounceSubType": sub,
        "bouncedRecipients": bounced,
        "timestamp": iso(case.at),
        "feedbackId": case.id,
        "reportingMTA": "dsn; mta.example.org",
    }


def _complaint(case: Case) -> Event:
    return {
        "complainedRecipients": [{"emailAddress": each} for each in case.to],
        "timestamp": iso(case.at),
        "feedbackId": case.id,
        "complaintSubType": None,
        "complaintFeedbackType": case.code or "abuse",
        "userAgent": "Amazon SES Mailbox Simulator",
        "arrivalDate": iso(case.at),
    }


def _reject(case: Case) -> Event:
    return {"reason": case.code or "Bad content"}


def _open(case: Case) -> Event:
    return {"ipAddress": "192.0.2.1", "timestamp": iso(case.at), "userAgent": "Mozilla/5.0"}


def _click(case: Case) -> Event:
    return {**_open(case), "link": "https://example.org/", "linkTags": None}


def _failure(case: Case) -> Event:
    return {"errorMessage": "Attribute 'name' is not present in the rendering data.", "templateName": "Template"}


def _subscription(case: Case) -> Event:
    preferences = {"unsubscribeAll": True, "topicSubscriptionStatus": []}
    return {"contactList": "contacts", "timestamp": iso(case.at), "source": "UnsubscribeHeader"} | {
        "newTopicPreferences": preferences,
        "oldTopicPreferences": preferences | {"unsubscribeAll": False},
    }


_DETAILS: dict[str, Callable[[Case], Event]] = {
    "Send": _send,
    "Delivery": _delivery,
    "DeliveryDelay": _delay,
    "Bounce": _bounce,
    "Complaint": _complaint,
    "Reject": _reject,
    "Open": _open,
    "Click": _click,
    "Rendering Failure": _failure,
    "Subscription": _subscription,
}
