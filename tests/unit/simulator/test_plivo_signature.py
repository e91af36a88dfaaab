"""The vectors were computed with Plivo's own package; here it checks ours as well."""

import pytest
from plivo.utils.signature_v3 import validate_v3_signature

from simulator.plivo_signature import v2, v3
from simulator.posts import Method, with_query

TOKEN = "PLIVOTOKEN" + "0" * 31
NONCE = "05429567804466091622"
FIELDS = {
    "From": "14150000001",
    "To": "31612345678",
    "CallUUID": "11111111-2222-3333-4444-555555555555",
    "CallStatus": "completed",
}
WITH_QUERY = "https://hooks.example.org/cb/plivo/sms?tenant=7"
WITHOUT = "https://hooks.example.org/cb/plivo/call"


def test_v2_covers_the_url_without_its_query() -> None:
    assert v2(TOKEN, WITH_QUERY, NONCE) == "DMyaM9EH0DUPJ+EGhnoqwvMRz9f1ekqRg8f4hOmdNCk="
    assert v2(TOKEN, WITH_QUERY, NONCE) == v2(TOKEN, WITH_QUERY.partition("?")[0], NONCE)


@pytest.mark.parametrize(
    ("method", "url", "fields", "expected"),
    [
        ("POST", WITH_QUERY, FIELDS, "/Rsp84fzOrVRlhcbjJnmBJ/3hpi/JBqtiHRf1tMrBPQ="),
        ("POST", WITHOUT, FIELDS, "bPWkXFBo1FzzBK/hqyTQKKS4afd6m3PxL6kaRLXkf+w="),
        ("POST", WITHOUT, {}, "++lQ8F9wlLb5W3YGLRtDkTqhyeez2egy4FlsybMY+4g="),
        ("GET", WITH_QUERY, FIELDS, "IWnLy5JO/oTQb9tXkvix5nnwGGU328iAalwn1Z/X3Bc="),
    ],
)
def test_v3_covers_everything(method: Method, url: str, fields: dict[str, str], expected: str) -> None:
    assert v3(TOKEN, method, url, fields, NONCE) == expected
    asked = with_query(url, fields) if method == "GET" else url
    assert validate_v3_signature(method, asked, NONCE, TOKEN, expected, {} if method == "GET" else fields)
