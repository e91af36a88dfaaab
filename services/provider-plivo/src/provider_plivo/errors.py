"""What Plivo's codes mean."""

from typing import Final

from dapi_common.provider.verdict import ErrorTable, Row, Verdict

# https://www.plivo.com/docs/messaging/api/response
ERRORS: Final[ErrorTable] = {
    "http-400": Row(Verdict.PERMANENT, "a parameter is missing or invalid"),
    "http-401": Row(Verdict.AUTH, "the credentials were not accepted"),
    "http-403": Row(Verdict.PERMANENT, "the account may not send to this country"),
    "http-404": Row(Verdict.PERMANENT, "no such resource"),
    "http-405": Row(Verdict.PERMANENT, "the method is not allowed"),
    "http-409": Row(Verdict.PERMANENT, "the request is in conflict with another"),
    "http-422": Row(Verdict.PERMANENT, "the request cannot be processed"),
    "http-429": Row(Verdict.RETRY, "too many requests"),
    "insufficient-credit": Row(Verdict.AUTH, "the account has no credit"),
    "forbidden": Row(Verdict.AUTH, "the account or its credentials are not accepted"),
}
"""Why a request was refused: by its HTTP status, but for the two last, which the text tells."""

# https://www.plivo.com/docs/messaging/troubleshooting/error-codes
DELIVERY: Final[ErrorTable] = {
    "10": Row(Verdict.PERMANENT, "the message is invalid"),
    "20": Row(Verdict.RETRY, "a network failed"),
    "30": Row(Verdict.PERMANENT, "the message was taken for spam"),
    "40": Row(Verdict.PERMANENT, "the sender is invalid"),
    "50": Row(Verdict.SUPPRESS, "the recipient's number is invalid"),
    "60": Row(Verdict.PERMANENT, "the message went in a loop"),
    "70": Row(Verdict.SUPPRESS, "the recipient's number is gone"),
    "80": Row(Verdict.RETRY, "the recipient is away for now"),
    "90": Row(Verdict.RETRY, "there is no route to the recipient"),
    "100": Row(Verdict.PERMANENT, "the carrier does not allow the message"),
    "110": Row(Verdict.PERMANENT, "the message is too long"),
    "200": Row(Verdict.SUPPRESS, "the recipient has opted out"),
    "201": Row(Verdict.PERMANENT, "a toll-free number of the US cannot send to Canada"),
    "300": Row(Verdict.RETRY, "the message could not be dispatched"),
    "420": Row(Verdict.RETRY, "the message expired in the queue"),
    "450": Row(Verdict.PERMANENT, "the recipient's country is barred"),
    "900": Row(Verdict.AUTH, "the account has no credit"),
    "910": Row(Verdict.AUTH, "the account is disabled"),
    "1000": Row(Verdict.RETRY, "no reason was given"),
}
"""Why a message that was taken did not arrive. RETRY: a new message (a new fee) may fare better; none is made here."""

NORMAL_END: Final = range(4000, 4031)

# https://www.plivo.com/docs/voice/troubleshooting/hangup-causes
_HANGUPS: Final[tuple[tuple[tuple[int, ...] | range, Row], ...]] = (
    ((1000,), Row(Verdict.PERMANENT, "the call was cancelled")),
    ((1010,), Row(Verdict.AUTH, "the account has no credit")),
    ((1020,), Row(Verdict.RETRY, "the account has too many calls at once")),
    ((2000, *range(2020, 2061)), Row(Verdict.PERMANENT, "the destination is invalid or barred")),
    ((2010, 3000, 3010, 3100, 6010), Row(Verdict.RETRY, "out of service, busy, or nobody answered")),
    ((3020, 3040, 3110, 3130), Row(Verdict.PERMANENT, "the call was rejected")),
    ((3030,), Row(Verdict.PERMANENT, "the caller's number is not the account's")),
    ((3050, 3120), Row(Verdict.SUPPRESS, "the recipient's number does not exist")),
    ((*range(3070, 3091), *range(5000, 5021)), Row(Verdict.RETRY, "a carrier or the platform failed")),
    (range(7000, 7100), Row(Verdict.PERMANENT, "the answer URL failed")),
    (range(8000, 8100), Row(Verdict.PERMANENT, "the answer's XML is invalid")),
    ((9100,), Row(Verdict.PERMANENT, "a machine answered")),
)
HANGUPS: Final[ErrorTable] = {str(code): row for codes, row in _HANGUPS for code in codes}
"""Why a call did not reach anybody; RETRY as above. Calls that came to their NORMAL_END did."""
