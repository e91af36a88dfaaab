"""What Twilio's codes mean: https://www.twilio.com/docs/api/errors"""

from typing import Final

from dapi_common.provider.verdict import ErrorTable, Row, Verdict

ERRORS: Final[ErrorTable] = {
    "20003": Row(Verdict.AUTH, "the credentials are invalid"),
    "20404": Row(Verdict.AUTH, "no such account"),
    "20429": Row(Verdict.RETRY, "too many concurrent requests"),
    "21210": Row(Verdict.PERMANENT, "the caller's number is not verified"),
    "21211": Row(Verdict.PERMANENT, "the recipient's number is invalid"),
    "21212": Row(Verdict.PERMANENT, "the sender is invalid"),
    "21214": Row(Verdict.PERMANENT, "the recipient's number cannot be reached"),
    "21215": Row(Verdict.PERMANENT, "the account may not call this region"),
    "21216": Row(Verdict.PERMANENT, "the recipient's number is blocked"),
    "21217": Row(Verdict.PERMANENT, "the recipient's number is no valid one to call"),
    "21408": Row(Verdict.PERMANENT, "the account may not send to this region"),
    "21601": Row(Verdict.PERMANENT, "the sender cannot send SMS"),
    "21602": Row(Verdict.PERMANENT, "the message has no body"),
    "21606": Row(Verdict.PERMANENT, "the sender is not the account's, or cannot send SMS"),
    "21608": Row(Verdict.PERMANENT, "a trial account may not send to this number"),
    "21610": Row(Verdict.SUPPRESS, "the recipient has opted out"),
    "21611": Row(Verdict.RETRY, "the sender's queue is full", wait=300.0),
    "21612": Row(Verdict.PERMANENT, "the recipient cannot be reached from this sender"),
    "21614": Row(Verdict.PERMANENT, "the recipient's number is no mobile"),
    "21617": Row(Verdict.PERMANENT, "the message is too long"),
}
"""Why a request was refused."""

DELIVERY: Final[ErrorTable] = {
    "30001": Row(Verdict.RETRY, "the sender's queue overflowed"),
    "30002": Row(Verdict.AUTH, "the account is suspended"),
    "30003": Row(Verdict.RETRY, "the handset cannot be reached"),
    "30004": Row(Verdict.PERMANENT, "the message was blocked"),
    "30005": Row(Verdict.PERMANENT, "the handset is unknown"),
    "30006": Row(Verdict.PERMANENT, "the number is a landline, or its carrier cannot be reached"),
    "30007": Row(Verdict.PERMANENT, "the carrier filtered the message"),
    "30008": Row(Verdict.RETRY, "the carrier gave no reason"),
}
"""Why a message that was taken did not arrive. RETRY: a new message (a new fee) may fare better; none is made here."""

KNOWN: Final[ErrorTable] = {**ERRORS, **DELIVERY}


def code_of(value: object) -> str:
    """A vendor's code as text; "" for anything else."""
    text = str(value)
    return text if text.isdecimal() and len(text) < 7 else ""
