"""Calls to AWS, signed by botocore: the simulator checks them by code of its own."""

from collections.abc import Mapping

import aiohttp
import orjson
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

FORM = "application/x-www-form-urlencoded; charset=utf-8"
MAILS = "/v2/email/outbound-emails"
KEY, SECRET = "AKIADEMO000000000001", "demo-secret"
ENDPOINT = "arn:aws:sns:eu-west-1:123456789012:endpoint/GCM/App/11111111-2222-3333-4444-555555555555"
PUBLISH = {"Action": "Publish", "Version": "2010-03-31", "TargetArn": ENDPOINT, "Message": "Hi"}
MAIL = {
    "FromEmailAddress": "a@x.org",
    "Destination": {"ToAddresses": ["B <b@y.org>"]},
    "Content": {"Simple": {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "t"}}}},
    "EmailTags": [{"Name": "dapi_id", "Value": "m-1"}],
}


def signed(
    http: aiohttp.ClientSession,
    path: str,
    service: str,
    body: bytes = b"",
    kind: str = FORM,
    method: str = "POST",
    key: str = KEY,
    secret: str = SECRET,
) -> Mapping[str, str]:
    url = str(http._build_url(path))  # the whole URL, as aiohttp will ask for it
    request = AWSRequest(method, url, data=body, headers={"Content-Type": kind})
    SigV4Auth(Credentials(key, secret), service, "eu-west-1").add_auth(request)
    return {str(name): str(value) for name, value in request.headers.items()}


class Mailer:
    """SES's answers: status, code of the error, body."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http

    async def send(
        self, body: bytes | None = None, key: str = KEY, secret: str = SECRET, **changes: object
    ) -> tuple[int, str, dict[str, str]]:
        content = orjson.dumps(MAIL | changes) if body is None else body
        headers = signed(self._http, MAILS, "ses", content, "application/json", key=key, secret=secret)
        async with self._http.post(MAILS, data=content, headers=headers) as response:
            assert response.content_type == "application/json"
            return response.status, response.headers.get("x-amzn-ErrorType", ""), orjson.loads(await response.read())
