"""What Mailgun tells on its own, always at the account's URL: events of webhooks (JSON), mail by routes (a form).

With WEBHOOK_SIGNING_KEY each must be signed. Without it the token in our URL is the proof, and the only one: configure
the key. Either way the body itself is covered by nothing but HTTPS."""

from dapi_common.provider.callback import Callback, Received, Rejected
from provider_mailgun import events, routes
from provider_mailgun.signature import is_signed


def read(callback: Callback) -> Received | Rejected:
    """What it means. An empty request is somebody who tries out a URL."""
    if not callback.body:
        return Received()
    told = callback.json()
    claim, event = told.get("signature"), told.get("event-data")
    if isinstance(claim, dict) and isinstance(event, dict):
        return events.received(event) if _is_proved(callback, claim) else _FORGED
    form = routes.fields(callback)
    if not form:
        return Rejected(400, "neither an event nor a form")
    return routes.received(form) if _is_proved(callback, dict(form)) else _FORGED


_FORGED = Rejected(403, "the signature is missing, wrong or too old")


def _is_proved(callback: Callback, claim: dict[str, object]) -> bool:
    key = callback.credentials.get("WEBHOOK_SIGNING_KEY")
    return not key or is_signed(claim, key, callback.at)
