"""What the adapter makes of callbacks that Plivo signed."""

from dataclasses import replace
from urllib.parse import urlencode

from plivo.utils.signature_v3 import construct_post_url, get_signature_v3

from dapi_common.provider.callback import Callback, Received, Report
from provider_plivo.webhooks import read

URL = "https://hooks.example.org/cb"
FORM = "application/x-www-form-urlencoded"
BARE = Callback("POST", URL, {}, b"", {"AUTH_TOKEN": "t0ken"}, 0.0)


def received(**told: str) -> Received:
    """Of a genuine callback with these fields."""
    text = construct_post_url(URL, dict(told)).decode()
    signature = get_signature_v3(b"t0ken", text, b"nonce").decode()
    headers = {"content-type": FORM, "x-plivo-signature-v3": signature, "x-plivo-signature-v3-nonce": "nonce"}
    answer = read(replace(BARE, headers=headers, body=urlencode(told).encode()))
    assert isinstance(answer, Received)
    return answer


def reported(**told: str) -> Report:
    """Its one report."""
    (report,) = received(**told).reports
    return report
