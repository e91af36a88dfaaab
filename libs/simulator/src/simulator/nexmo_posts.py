"""What Nexmo posts: a delivery receipt a part, and inbound messages in pieces.

https://developer.vonage.com/en/messaging/sms/guides/delivery-receipts and …/guides/inbound-sms
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from simulator import gsm
from simulator.accounts import Account
from simulator.nexmo_signature import signature
from simulator.posts import Post, Purpose, form, json_body, with_query
from simulator.provider import Submission, Taken
from simulator.receipts import InboundPlan, ReceiptPlan

WORDS = {"sent": "buffered", "undelivered": "failed"}
"""Nexmo's own words, where they differ from what they mean."""
FAILURES = frozenset({"expired", "failed", "rejected", "unknown"})


def part_ids(submission: Submission, seq: int) -> Sequence[str]:
    fields = submission.fields
    count = gsm.parts(fields.get("text", ""), unicode=fields.get("type") == "unicode")
    return [f"0A{seq:012X}{part:02X}" for part in range(1, count + 1)]


def receipts(account: Account, taken: Taken, plan: ReceiptPlan, at: float) -> Sequence[Post]:
    """One a part. The message's own `callback` comes before the account's URL."""
    url = taken.submission.fields.get("callback") or account.webhook_url
    is_wanted = taken.submission.fields.get("status-report-req", "1") not in ("0", "false")
    if not url or not is_wanted:
        return ()
    ids = part_ids(taken.submission, taken.seq)
    chosen = ids if plan.part is None else ids[plan.part - 1 : plan.part]
    fields = [_receipt(account, taken, message_id, plan, at) for message_id in chosen]
    return [_post(account, url, each, "receipt", forged=plan.forged, at=at) for each in fields]


def _receipt(account: Account, taken: Taken, message_id: str, plan: ReceiptPlan, at: float) -> dict[str, str]:
    status = WORDS.get(plan.status, plan.status)
    fields = {
        "msisdn": taken.submission.to,
        "to": taken.submission.sender,
        "network-code": "20408",
        "messageId": "0F" + message_id[2:] if plan.unknown_message else message_id,
        "price": "0.05000000",
        "status": status,
        "scts": datetime.fromtimestamp(at, UTC).strftime("%y%m%d%H%M"),
        "err-code": plan.code or ("1" if status in FAILURES else "0"),
        "api-key": account.user,
        "message-timestamp": _stamp(at),
    }
    if taken.submission.client_ref:
        fields["client-ref"] = taken.submission.client_ref
    return fields | plan.fields


def inbound(account: Account, plan: InboundPlan, number: int, at: float) -> Sequence[Post]:
    """A long text comes in pieces, each a message of its own."""
    url = plan.url or account.webhook_url
    if not url:
        return ()
    pieces = gsm.split(plan.text, unicode=not gsm.fits_gsm(plan.text))
    fields = [_piece(account, plan, pieces, n, number, at) for n in range(len(pieces))]
    return [_post(account, url, each, "inbound", forged=plan.forged, at=at) for each in fields]


def _piece(
    account: Account, plan: InboundPlan, pieces: Sequence[str], n: int, number: int, at: float
) -> dict[str, str]:
    fields = {
        "msisdn": plan.sender,
        "to": plan.to,
        "messageId": f"0B{number:012X}{n + 1:02X}",
        "text": pieces[n],
        "type": "text" if gsm.fits_gsm(plan.text) else "unicode",
        "keyword": (pieces[n].split() or [""])[0].upper(),
        "api-key": account.user,
        "message-timestamp": _stamp(at),
    }
    if len(pieces) > 1:
        concat = {"concat-ref": f"{number % 256}", "concat-total": f"{len(pieces)}", "concat-part": f"{n + 1}"}
        fields |= {"concat": "true"} | concat
    return fields | plan.fields


def _post(account: Account, url: str, fields: dict[str, str], purpose: Purpose, *, forged: bool, at: float) -> Post:
    signed = fields | _signed(account, fields, forged=forged, at=at)
    if account.webhook_format == "query":
        return Post(with_query(url, signed), method="GET", purpose=purpose)
    body, headers = form(signed) if account.webhook_format == "form" else json_body(signed)
    return Post(url, body, headers, purpose=purpose)


def _signed(account: Account, fields: Mapping[str, str], *, forged: bool, at: float) -> dict[str, str]:
    """What signing adds, if the account signs. HMACs come in upper case, as Vonage's do."""
    if not account.signature_secret and not forged:
        return {}
    stamp = {"timestamp": str(int(at)), "nonce": f"{fields['messageId'].lower()}-{fields.get('status', 'in')}"}
    secret = f"{account.signature_secret}{'forged' if forged else ''}"
    sig = signature({**fields, **stamp}, secret, account.signature_method)
    return stamp | {"sig": sig if account.signature_method == "md5hash" else sig.upper()}


def _stamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")
