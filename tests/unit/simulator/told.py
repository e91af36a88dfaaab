"""What the vendors are told and tell, for tests: messages taken, plans, posts read back."""

from urllib.parse import parse_qsl, urlsplit

import orjson

from simulator.posts import Post
from simulator.provider import Channel, Submission, Taken
from simulator.receipts import InboundPlan, ReceiptPlan

AT = 1767359045.25  # 2026-01-02 13:04:05 UTC
URL = "https://hooks.example.org/cb/1?tenant=7"


def taken(message_id: str, account: str, fields: dict[str, str], channel: Channel = "sms", seq: int = 1) -> Taken:
    to = fields.get("to") or fields.get("To") or fields.get("dst", "")
    sender = fields.get("from") or fields.get("From") or fields.get("src", "")
    submission = Submission(account, to, sender, fields.get("client-ref", ""), fields, channel)
    return Taken(submission, message_id, seq, AT)


def receipt(status: str, **changes: object) -> ReceiptPlan:
    return ReceiptPlan.model_validate({"status": status, **changes})


def inbound(provider: str, account: str, **changes: object) -> InboundPlan:
    known = {"from": "31612345678", "to": "31200000000", "text": "Hi", "url": URL}
    return InboundPlan.model_validate({"provider": provider, "account": account, **known, **changes})


def fields_of(post: Post) -> dict[str, str]:
    """The parameters that the vendor told, wherever it put them; those of the URL that it was given are not."""
    if post.method == "GET":
        return dict(parse_qsl(urlsplit(post.url).query, keep_blank_values=True))
    if post.headers["Content-Type"] == "application/json":
        told: dict[str, str] = orjson.loads(post.body)
        return told
    return dict(parse_qsl(post.body.decode(), keep_blank_values=True))
