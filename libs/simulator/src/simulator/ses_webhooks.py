"""What SES has SNS post for it: events of mails, mail that came in, and the topic's own confirmations."""

from collections.abc import Sequence
from dataclasses import replace

from simulator.accounts import Account
from simulator.merging import merged
from simulator.posts import Post
from simulator.provider import Taken
from simulator.receipts import InboundPlan, ReceiptPlan
from simulator.ses_events import Case, Event, Mail, event_of
from simulator.ses_requests import Email
from simulator.sns_topics import Happening, Topics, iso, own_fields

UNKNOWN = "0102ffffffffffff-ffffffff-ffff-4fff-8fff-ffffffffffff-000000"
# What an inbound plan's kind is to a topic.
CONFIRMATIONS = {"subscription": "SubscriptionConfirmation", "unsubscription": "UnsubscribeConfirmation"}


def receipts(
    topics: Topics, account: Account, taken: Taken, plan: ReceiptPlan, number: int, at: float
) -> Sequence[Post]:
    """One event for all recipients, or for the one that is the plan's `part`; none where nobody listens."""
    mail = Mail.of(taken.id, Email.model_validate_json(taken.submission.fields["body"]), taken.at)
    to = mail.recipients if plan.part is None else mail.recipients[plan.part - 1 : plan.part]
    if plan.unknown_message:
        mail = replace(mail, id=UNKNOWN, tags={})
    if not account.webhook_url or not to:
        return ()
    event = event_of(mail, plan.status, Case(to, plan.code, at, mail.id), plan.fields)
    happening = Happening(f"{taken.id}/{number}", at, plan.fields, plan.forged)
    return (topics.notification(account, event, happening),)


def inbound(topics: Topics, account: Account, plan: InboundPlan, number: int, at: float) -> Sequence[Post]:
    """A mail that came in (`message`); a bounce or a complaint of a mail that this simulator never took; or
    `subscription`, `unsubscription`: what the topic asks."""
    if not (plan.url or account.webhook_url):
        return ()
    seed = f"inbound/{account.user}/{number}"
    happening = Happening(seed, at, plan.fields, plan.forged, plan.url, "inbound")
    if plan.kind in CONFIRMATIONS:
        asked = replace(happening, purpose="confirmation")
        return (topics.confirmation(account, asked, CONFIRMATIONS[plan.kind]),)
    event = _received(plan, number, at) if plan.kind == "message" else _of_a_stranger(plan, at)
    return (topics.notification(account, event, happening),)


def _of_a_stranger(plan: InboundPlan, at: float) -> Event:
    mail = Mail(UNKNOWN, plan.to or "inbox@example.org", [plan.sender], "Hi", {}, at)
    return event_of(mail, plan.kind, Case([plan.sender], "", at, UNKNOWN), plan.fields)


def _received(plan: InboundPlan, number: int, at: float) -> Event:
    to, passed = plan.to or "inbox@example.org", {"status": "PASS"}
    message_id = f"inbound{number:013x}"
    names = {"from": [plan.sender], "to": [to], "subject": "Re: Hi", "messageId": f"<{message_id}@example.org>"}
    headers = [{"name": "From", "value": plan.sender}, {"name": "To", "value": to}]
    headers.append({"name": "Subject", "value": "Re: Hi"})
    verdicts = {f"{name}Verdict": passed for name in ("spam", "virus", "spf", "dkim", "dmarc")}
    content = "".join(f"{each['name']}: {each['value']}\r\n" for each in headers) + f"\r\n{plan.text}\r\n"
    event = {
        "notificationType": "Received",
        "mail": {
            "timestamp": iso(at),
            "source": plan.sender,
            "messageId": message_id,
            "destination": [to],
            "headersTruncated": False,
            "headers": headers,
            "commonHeaders": names,
        },
        "receipt": {
            "timestamp": iso(at),
            "processingTimeMillis": 500,
            "recipients": [to],
            **verdicts,
            "action": {"type": "SNS", "topicArn": "arn:aws:sns:eu-west-1:123456789012:dapi", "encoding": "UTF8"},
        },
        "content": content,
    }
    return merged(event, own_fields(plan.fields))
