"""Whether Twilio sent it. The vendor's own validator decides; this says what it is given, so that nothing is believed
that its signature does not cover.

https://www.twilio.com/docs/usage/security"""

from collections.abc import Iterable, Mapping
from typing import Final, Self

from twilio.request_validator import HMAC_SHA1, HMAC_SHA256, RequestValidator, get_signature_algorithm

from dapi_common.provider.callback import Callback

_SIGNATURE: Final = "x-twilio-signature"
_SETTINGS: Final = "x-twilio-webhooks-signature-settings"
"""Comes when the account has a key of its own for webhooks: WEBHOOK_SHARED_KEY. Else the primary auth token signs."""


class _Form(dict[str, list[str]]):
    """The shape of a multidict that the validator asks for."""

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]]) -> Self:
        """Names with all of their values."""
        form = cls()
        for name, value in pairs:
            form.setdefault(name, []).append(value)
        return form

    def getall(self, name: str) -> list[str]:
        """Every value of a repeated name."""
        return self[name]


def signed(callback: Callback) -> Mapping[str, str] | None:
    """The parameters that Twilio signed; None when it cannot be shown that it did. Of a repeated name the last."""
    covered = _covered(callback)
    secret, algorithm = _key(callback)
    if covered is None or not secret or algorithm not in (HMAC_SHA1, HMAC_SHA256):
        return None
    signature = callback.headers.get(_SIGNATURE, "")
    if not RequestValidator(secret).validate(callback.url, covered, signature, algorithm):
        return None
    return _parameters(callback, covered)


def _key(callback: Callback) -> tuple[str | None, str]:
    settings = callback.headers.get(_SETTINGS, "")
    if not settings:
        return callback.credentials["AUTH_TOKEN"], HMAC_SHA1
    return callback.credentials.get("WEBHOOK_SHARED_KEY"), str(get_signature_algorithm(settings)).upper()


def _covered(callback: Callback) -> _Form | str | None:
    """What is signed beside the URL: the fields of a form, or a body whose hash is in the URL. None: a body that
    nothing covers."""
    if callback.method == "GET" or not callback.body:
        return _Form()
    if form := callback.form():
        return _Form.of(form)
    if not any(name == "bodySHA256" and value for name, value in callback.query()):
        return None
    try:
        return callback.body.decode()
    except UnicodeDecodeError:
        return None


def _parameters(callback: Callback, covered: _Form | str) -> dict[str, str]:
    if isinstance(covered, str):
        return {name: value for name, value in callback.json().items() if isinstance(value, str)}
    return {name: values[-1] for name, values in covered.items()} or dict(callback.query())
