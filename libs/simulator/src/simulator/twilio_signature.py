"""Twilio's `X-Twilio-Signature`: https://www.twilio.com/docs/usage/webhooks/webhooks-security

By hand, so that it shares no mistake with Twilio's own package, which the adapter uses.
"""

import base64
import hmac
from collections.abc import Iterable
from typing import Literal

Algorithm = Literal["sha1", "sha256"]


def signature(secret: str, url: str, fields: Iterable[tuple[str, str]] = (), algorithm: Algorithm = "sha1") -> str:
    """Over the URL as requested, and a form's names and values: of a repeated name each value once."""
    text = url + "".join(name + value for name, value in sorted(set(fields)))
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), algorithm).digest()).decode()
