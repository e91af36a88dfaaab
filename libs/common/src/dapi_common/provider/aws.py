"""What Amazon's services have in common: requests signed with Signature Version 4, and the refusals of who may not ask.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html. The signing is botocore's
own, step by step and not by its `add_auth`, which takes the time from the system's clock."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from dapi_common.provider.verdict import ErrorTable, Row, Verdict

# https://docs.aws.amazon.com/ses/latest/APIReference-V2/CommonErrors.html. Which of these names an API uses, with
# `Exception` at the end or without, was not verified: all are known here.
WHO_ASKS: Final[ErrorTable] = {
    "AccessDenied": Row(Verdict.AUTH, "the access key may not do this"),
    "AccessDeniedException": Row(Verdict.AUTH, "the access key may not do this"),
    "ExpiredToken": Row(Verdict.AUTH, "the credentials have expired"),
    "ExpiredTokenException": Row(Verdict.AUTH, "the credentials have expired"),
    "IncompleteSignature": Row(Verdict.AUTH, "the signature is incomplete"),
    "IncompleteSignatureException": Row(Verdict.AUTH, "the signature is incomplete"),
    "InvalidClientTokenId": Row(Verdict.AUTH, "the access key is unknown"),
    "InvalidSignatureException": Row(Verdict.AUTH, "the signature does not match: a wrong secret, or a wrong clock"),
    "MissingAuthenticationToken": Row(Verdict.AUTH, "the signature is missing"),
    "MissingAuthenticationTokenException": Row(Verdict.AUTH, "the signature is missing"),
    "NotAuthorized": Row(Verdict.AUTH, "the access key may not do this"),
    "OptInRequired": Row(Verdict.AUTH, "the account is not subscribed to the service"),
    "RequestExpired": Row(Verdict.AUTH, "the signature is too old: a wrong clock"),
    "SignatureDoesNotMatch": Row(Verdict.AUTH, "the signature does not match: a wrong secret, or a wrong clock"),
    "UnrecognizedClientException": Row(Verdict.AUTH, "the access key is unknown"),
}
_CODE: Final = re.compile(r"[A-Za-z]{1,64}")
_AWS_BASE: Final = re.compile(r"https://[a-z0-9.-]+\.amazonaws\.com(?:\.cn)?")


def now() -> datetime:
    """The time that signatures carry."""
    return datetime.now(UTC)


def secret_key(credentials: Mapping[str, str]) -> str:
    """The secret, under whichever of its two names it was given (see documented.AmazonKeys)."""
    return credentials.get("SECRET_KEY") or credentials["AUTH_TOKEN"]


def is_aws(base: str) -> bool:
    """Whether a base URL is one of Amazon's own hosts, and no stand-in's."""
    return _AWS_BASE.fullmatch(base) is not None


def code_of(text: object) -> str:
    """An error's name without what services put around it (`com.amazonaws.ses#Throttling`, `Throttling:http://…`);
    "" for what cannot be a name."""
    name = str(text or "").partition(":")[0].rpartition("#")[2].strip()
    return name if _CODE.fullmatch(name) else ""


def signed(
    service: str, credentials: Mapping[str, str], url: str, content_type: str, body: bytes, at: datetime
) -> dict[str, str]:
    """The headers of a POST of these very bytes to this URL. The `Host` that they cover is the URL's, with the port
    where it is not the scheme's own: what clients send by themselves."""
    timestamp = at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    headers = {"Content-Type": content_type, "X-Amz-Date": timestamp}
    request = AWSRequest("POST", url, headers=headers, data=body)
    request.context["timestamp"] = timestamp
    keys = Credentials(credentials["ACCESS_KEY"], secret_key(credentials))
    auth = SigV4Auth(keys, service, credentials["REGION_NAME"])
    text = auth.string_to_sign(request, auth.canonical_request(request))
    names = auth.signed_headers(auth.headers_to_sign(request))
    signature = auth.signature(text, request)
    scope = auth.scope(request)
    authorization = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={names}, Signature={signature}"
    return {**headers, "Authorization": authorization}
