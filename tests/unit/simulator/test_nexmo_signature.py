import pytest

from simulator.nexmo_signature import Method, signature

FIELDS = {
    "msisdn": "31612345678",
    "to": "Dapi",
    "messageId": "0A0000001234567B",
    "status": "delivered",
    "err-code": "0",
    "timestamp": "1700000000",
    "nonce": "n-1",
    "text": "a&b=c",
    "sig": "not part of it",
}


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("md5hash", "5e549af4c581dd57fd12bdebdb674db8"),
        ("md5", "4866afb83c44170056f1647ddb3cdd49"),
        ("sha1", "57bbefb896913745bba403ea1d7c78e2370ff0b7"),
        ("sha256", "03bc4d44963862d4a3875fc87236d230ef1dbf5f7b2efee431d79338170c42ca"),
    ],
)
def test_the_signature_is_that_of_the_official_client(method: Method, expected: str) -> None:
    assert signature(FIELDS, "SIGSECRET0123456", method) == expected
