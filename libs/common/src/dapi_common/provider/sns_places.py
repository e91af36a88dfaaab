"""The hosts of Amazon SNS that an envelope may point at, and the certificates that they serve.

https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html; the hosts' pattern is that of the
verifiers in AWS's SDKs."""

import re
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from dapi_common.provider.aws import is_aws
from dapi_common.provider.callback import Rejected
from dapi_common.provider.http import Http, Response

KEPT: Final = 64
"""Certificates: SNS has one a region, and changes it once a year."""
# `s3…` is left out, though no region begins so: sns.s3-us-west-2.amazonaws.com is anybody's bucket of the name sns.
_OF_SNS: Final = re.compile(r"(https://sns\.(?!s3)[a-zA-Z0-9-]{3,}\.amazonaws\.com(?:\.cn)?)(/[!-~]*)")
_PATH: Final = re.compile(r"/[!-~]*")
_NO_PATH: Final = re.compile(r"[#\\]")
_CERTIFICATE: Final = re.compile(r"[^?]+\.pem")
_TOO_MANY: Final = 429


class Place(NamedTuple):
    """Where to GET: a client of the host, and a path with its query."""

    http: Http
    path: str


def place_of(url: str, http: Http) -> Place | None:
    """None for what lies neither at SNS nor, where `http` is at a stand-in for Amazon, at that stand-in."""
    if _NO_PATH.search(url):
        return None
    if found := _OF_SNS.fullmatch(url):
        return Place(http.at(found[1]), found[2])
    path = url.removeprefix(http.base)
    if path == url or is_aws(http.base) or not _PATH.fullmatch(path):
        return None
    return Place(http, path)


class Certificates:
    """The keys of certificates by their URL: fetched once, and kept."""

    def __init__(self) -> None:
        self._keys: dict[str, RSAPublicKey] = {}

    async def key(self, url: str, http: Http) -> RSAPublicKey | Rejected:
        """403: there is no such certificate at SNS. 503: SNS does not answer now, and may have it later."""
        if url in self._keys:
            return self._keys[url]
        place = place_of(url, http)
        if place is None or not _CERTIFICATE.fullmatch(place.path):
            return Rejected(403, "the certificate is not at SNS")
        answer = await place.http.get(place.path)
        if isinstance(answer, Response) and 400 <= answer.status < 500 and answer.status != _TOO_MANY:
            return Rejected(403, "SNS has no such certificate")
        key = _read(answer.body) if isinstance(answer, Response) and answer.status == 200 else None
        if key is None:
            return Rejected(503, "the certificate cannot be had now")
        self._keep(url, key)
        return key

    def _keep(self, url: str, key: RSAPublicKey) -> None:
        self._keys[url] = key
        if len(self._keys) > KEPT:
            del self._keys[next(iter(self._keys))]


def _read(pem: bytes) -> RSAPublicKey | None:
    try:
        key = x509.load_pem_x509_certificate(pem).public_key()
    except ValueError:
        return None
    return key if isinstance(key, RSAPublicKey) else None
