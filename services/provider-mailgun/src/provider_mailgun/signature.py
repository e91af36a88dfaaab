"""What shows that Mailgun sent a callback: an HMAC of a time and a token, not of the body.

https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks"""

import hmac
import re
from collections.abc import Mapping
from typing import Final

OLDEST: Final = 9 * 3600.0
"""Mailgun repeats an unanswered callback for 8 hours and 5 minutes, and no page says that it signs it anew: a
repetition must pass. Tokens are not remembered: the URL has a secret of its own, and facts fold the same however often
they come."""
AHEAD: Final = 300.0
"""Seconds that Mailgun's clock may be before ours."""
_EPOCH: Final = re.compile(r"[0-9]{1,12}")
_SIGNATURES: Final = ("signature", "parent-signature")
"""The account's own; and the primary account's, when the event is one of a subaccount."""


def signature(timestamp: str, token: str, key: str) -> str:
    """Lower-case hex."""
    return hmac.new(key.encode(), f"{timestamp}{token}".encode(), "sha256").hexdigest()


def is_signed(claim: Mapping[str, object], key: str, now: float) -> bool:
    """Whether Mailgun signed this claim with the key, not too long before `now`."""
    stamp, token = str(claim.get("timestamp", "")), str(claim.get("token", ""))
    if not _EPOCH.fullmatch(stamp) or not -AHEAD <= now - int(stamp) <= OLDEST:
        return False
    expected = signature(stamp, token, key).encode()
    given = [str(claim.get(name, "")).encode() for name in _SIGNATURES]
    return any(hmac.compare_digest(each, expected) for each in given)
