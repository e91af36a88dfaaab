"""AWS Signature Version 4 as a service checks it: by hand, so that it shares no mistake with any client.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Literal
from urllib.parse import parse_qsl, quote

from simulator.wire import Incoming

SKEW = 300.0
"""Seconds that a client's clock may be off."""

Problem = Literal["missing", "incomplete", "unknown-key", "expired", "scope", "mismatch"]
_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/,\s]+)/(\d{8})/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request"
    r",\s*SignedHeaders=([a-z0-9;-]+),\s*Signature=([0-9a-f]{64})"
)


@dataclass(frozen=True, slots=True)
class Claim:
    """What `Authorization` says: who signed, for which day, region and service, over which headers."""

    access_key: str
    day: str
    region: str
    service: str
    signed_headers: str
    signature: str

    @property
    def scope(self) -> str:
        return f"{self.day}/{self.region}/{self.service}/aws4_request"


def claim_of(headers: Mapping[str, str]) -> Claim | Problem:
    text = headers.get("authorization")
    if text is None:
        return "missing"
    found = _AUTHORIZATION.fullmatch(text.strip())
    if found is None or not _covers(found[5].split(";"), headers):
        return "incomplete"
    return Claim(*found.groups())


def _covers(signed: list[str], headers: Mapping[str, str]) -> bool:
    """`host` and every `x-amz-` header must be signed, and what is signed must be there."""
    needed = {"host", "x-amz-date"} | {name.lower() for name in headers if name.lower().startswith("x-amz-")}
    return needed <= set(signed) and signed == sorted(signed) and all(name in headers for name in signed)


def problem_of(claim: Claim, secret: str, region: str, service: str, request: Incoming, now: float) -> Problem | None:
    """Why the request is not its owner's, if it is not. Without a `region` any will do."""
    if claim.service != service or (region and claim.region != region):
        return "scope"
    date = request.headers.get("x-amz-date", "")
    if not _is_fresh(date, now) or not date.startswith(claim.day):
        return "expired"
    expected = signature(claim, secret, request)
    return None if hmac.compare_digest(expected, claim.signature) else "mismatch"


def _is_fresh(date: str, now: float) -> bool:
    try:
        at = datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return False
    return abs(at.timestamp() - now) <= SKEW


def signature(claim: Claim, secret: str, request: Incoming) -> str:
    """Lower-case hex."""
    text = "\n".join(
        ("AWS4-HMAC-SHA256", request.headers["x-amz-date"], claim.scope, _sha256(_canonical(claim, request).encode()))
    )
    key = _key(secret, claim.day, claim.region, claim.service)
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _canonical(claim: Claim, request: Incoming) -> str:
    names = claim.signed_headers.split(";")
    return "\n".join(
        (
            request.method,
            quote(request.path, safe="/-_.~"),
            _query(request.query),
            *(f"{name}:{' '.join(request.headers[name].split())}" for name in names),
            "",
            claim.signed_headers,
            _sha256(request.body),
        )
    )


def _query(query: str) -> str:
    pairs = sorted((quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, value in parse_qsl(query, True))
    return "&".join(f"{name}={value}" for name, value in pairs)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@lru_cache(maxsize=64)
def _key(secret: str, day: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key
