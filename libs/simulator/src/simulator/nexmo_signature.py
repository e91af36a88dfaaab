"""Nexmo's `sig`: https://developer.vonage.com/en/getting-started/concepts/signing-messages"""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Literal

Method = Literal["md5hash", "md5", "sha1", "sha256", "sha512"]


def signature(fields: Mapping[str, str], secret: str, method: Method) -> str:
    """Lower-case hex over all fields but `sig`."""
    text = "".join(f"&{name}={_safe(fields[name])}" for name in sorted(fields) if name != "sig")
    if method == "md5hash":
        return hashlib.md5((text + secret).encode(), usedforsecurity=False).hexdigest()
    return hmac.new(secret.encode(), text.encode(), method).hexdigest()


def _safe(value: str) -> str:
    return value.replace("&", "_").replace("=", "_")
