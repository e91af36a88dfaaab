"""SNS's answers: XML, whatever they say.

https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html, and the errors of each action
"""

from html import escape

from simulator.wire import Reply

# code: (HTTP status, message). Any other code is played with 400.
ERRORS = {
    "InvalidParameter": (400, "Invalid parameter"),
    "ParameterValueInvalid": (400, "The value of a parameter is not valid"),
    "ValidationException": (400, "The input does not satisfy the constraints"),
    "InvalidAction": (400, "The action is not valid for this endpoint"),
    "EndpointDisabled": (400, "Endpoint is disabled"),
    "PlatformApplicationDisabled": (400, "Platform application is disabled"),
    "NotFound": (404, "Topic or endpoint does not exist"),
    "AuthorizationError": (403, "Not authorized to perform: SNS:Publish"),
    "InvalidSecurity": (403, "The credential signature is not valid, or HTTPS was not used"),
    "KMSOptInRequired": (403, "The access key needs a subscription for the service"),
    "KMSAccessDenied": (400, "The ciphertext references a key that is not accessible"),
    "KMSDisabled": (400, "The key is not enabled"),
    "KMSInvalidState": (400, "The state of the key is not valid for the request"),
    "KMSNotFound": (400, "The key was not found"),
    "KMSThrottling": (400, "The request was denied due to request throttling"),
    "Throttled": (429, "The rate of requests exceeds the limit of the account"),
    "Throttling": (400, "Rate exceeded"),
    "ThrottlingException": (400, "Rate exceeded"),
    "OptedOut": (400, "The phone number has opted out"),
    "MissingAuthenticationToken": (403, "Request is missing Authentication Token"),
    "IncompleteSignature": (403, "The request signature is incomplete"),
    "SignatureDoesNotMatch": (403, "The request signature does not match"),
    "InvalidClientTokenId": (403, "The security token included in the request is invalid"),
    "AccessDenied": (403, "The user is not authorized to perform: SNS:Publish"),
    "ExpiredToken": (403, "The security token included in the request is expired"),
    "InternalError": (500, "An internal service error"),
    "ServiceUnavailable": (503, "The service is not available"),
}
THROTTLED = frozenset({"KMSThrottling", "Throttled", "Throttling", "ThrottlingException"})
_NAMESPACE = "http://sns.amazonaws.com/doc/2010-03-31/"


def error(code: str, text: str = "", status: int = 0) -> Reply:
    usual, message = ERRORS.get(code, (400, "Bad request"))
    whose = "Receiver" if (status or usual) >= 500 else "Sender"
    error = f"<Error><Type>{whose}</Type><Code>{code}</Code><Message>{escape(text or message)}</Message></Error>"
    request_id = "<RequestId>9e13b0f4-7f63-5f5c-8f7c-000000000000</RequestId>"
    return xml(status or usual, "ErrorResponse", error + request_id)


def xml(status: int, name: str, content: str) -> Reply:
    return Reply(status, f'<{name} xmlns="{_NAMESPACE}">{content}</{name}>'.encode(), "text/xml")
