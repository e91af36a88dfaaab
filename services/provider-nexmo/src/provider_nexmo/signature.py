"""What shows that Vonage sent a callback: `sig`, over all other parameters.

https://developer.vonage.com/en/getting-started/concepts/signing-messages"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Final

DEFAULT_METHOD: Final = "md5hash"
"""Vonage's own, for accounts that never chose one."""
OLDEST: Final = 24 * 3600 + 300.0
"""Vonage repeats an unanswered callback for 24 hours, and no page says that it signs it anew: a repetition must pass.
What is replayed within that time changes nothing, because facts fold the same however often they come."""
AHEAD: Final = 300.0
"""Seconds that Vonage's clock may be before ours."""
_EPOCH = re.compile(r"[0-9]{1,12}")


def signature(parameters: Mapping[str, str], secret: str, method: str) -> str:
    """Lower-case hex over all parameters but `sig`. `md5hash` is a plain MD5, the other methods are HMACs."""
    text = "".join(f"&{name}={_safe(parameters[name])}" for name in sorted(parameters) if name != "sig")
    if method == DEFAULT_METHOD:
        return hashlib.md5((text + secret).encode(), usedforsecurity=False).hexdigest()
    return hmac.new(secret.encode(), text.encode(), method).hexdigest()


def is_signed(parameters: Mapping[str, str], secret: str, method: str, now: float) -> bool:
    """Whether Vonage signed these parameters, not too long before `now`. Some methods come in upper case."""
    given = parameters.get("sig", "").lower()
    if not hmac.compare_digest(given.encode(), signature(parameters, secret, method).encode()):
        return False
    stamp = parameters.get("timestamp", "")
    return _EPOCH.fullmatch(stamp) is not None and -AHEAD <= now - int(stamp) <= OLDEST


def _safe(value: str) -> str:
    return value.replace("&", "_").replace("=", "_")
