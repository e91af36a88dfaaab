"""SES v2's errors: the code is in a header.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/CommonErrors.html, and the errors of each action
"""

import orjson

from simulator.wire import Reply

# code: (HTTP status, message). Any other code is played with 400.
ERRORS = {
    "MessageRejected": (400, "Email address is not verified."),
    "MailFromDomainNotVerifiedException": (400, "The MAIL FROM domain is not verified."),
    "AccountSuspendedException": (400, "Sending is permanently disabled for this account."),
    "SendingPausedException": (400, "Sending is paused for this account."),
    "NotFoundException": (404, "Configuration set does not exist."),
    "BadRequestException": (400, "The input is not valid."),
    "TooManyRequestsException": (429, "Maximum sending rate exceeded."),
    "ThrottlingException": (400, "Maximum sending rate exceeded."),
    "Throttling": (400, "Maximum sending rate exceeded."),
    "LimitExceededException": (400, "Daily message quota exceeded."),
    "SerializationException": (400, "The body is not JSON."),
    "MissingAuthenticationTokenException": (403, "Missing Authentication Token"),
    "IncompleteSignatureException": (403, "The request signature is incomplete."),
    "SignatureDoesNotMatch": (403, "The request signature does not match."),
    "InvalidClientTokenId": (403, "The security token included in the request is invalid."),
    "UnrecognizedClientException": (403, "The security token included in the request is invalid."),
    "AccessDeniedException": (403, "The user is not authorized to perform ses:SendEmail."),
    "ExpiredTokenException": (403, "The security token included in the request is expired."),
    "InternalFailure": (500, "An internal failure."),
    "ServiceUnavailable": (503, "The service is not available."),
}
THROTTLED = frozenset({"TooManyRequestsException", "ThrottlingException", "Throttling", "LimitExceededException"})


def error(code: str, text: str = "", status: int = 0) -> Reply:
    usual, message = ERRORS.get(code, (400, "Bad request"))
    body = orjson.dumps({"message": text or message})
    return Reply(status or usual, body, headers={"x-amzn-ErrorType": code})
