"""What SNS posts for a topic: signed envelopes. It also carries SES's events.

https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode
from uuid import UUID

import orjson

from simulator.accounts import Account
from simulator.posts import Post, Purpose, Redelivery
from simulator.sns_signing import Signer, own_signer

REDELIVERY = Redelivery(waits=(20, 20, 20))
_ENVELOPE = frozenset(
    {"Type", "MessageId", "TopicArn", "Subject", "Message", "Timestamp", "SignatureVersion"}
    | {"SigningCertURL", "UnsubscribeURL", "SubscribeURL", "Token"}
)


@dataclass(frozen=True, slots=True)
class Happening:
    """What a topic is to tell. `seed` gives the envelope its id: the same happening has it twice. `fields`: those of
    the envelope's own names replace them, before it is signed."""

    seed: str
    at: float
    fields: Mapping[str, str]
    forged: bool = False
    url: str = ""
    purpose: Purpose = "receipt"


class Topics:
    """`extra` of an account: `topic_arn`, `signature_version` (1 or 2), `region` and `account_id`, which name the topic
    if nothing else does. The URLs in envelopes are of the host that the account's last call was made to."""

    def __init__(self, base_url: Callable[[], str], signer: Signer | None = None) -> None:
        self._base_url = base_url
        self._reached: dict[tuple[str, str], str] = {}
        self.signer = signer or own_signer()

    def reached(self, account: Account, host: str) -> None:
        """The account has called this host."""
        self._reached[account.provider, account.user] = f"http://{host}"

    def notification(self, account: Account, event: Mapping[str, object], happening: Happening) -> Post:
        """The event, as JSON text in `Message`."""
        own = {
            "Type": "Notification",
            "Message": orjson.dumps(event).decode(),
            "UnsubscribeURL": self._link(account, "Unsubscribe", SubscriptionArn=subscription_arn(account)),
        }
        return self._post(account, own, happening)

    def confirmation(self, account: Account, happening: Happening, kind: str = "SubscriptionConfirmation") -> Post:
        """Asks for a GET of `SubscribeURL`."""
        token = token_of(account)
        own = {
            "Type": kind,
            "Token": token,
            "Message": f"You have chosen to subscribe to the topic {topic_arn(account)}.",
            "SubscribeURL": self._link(account, "ConfirmSubscription", TopicArn=topic_arn(account), Token=token),
        }
        return self._post(account, own, happening)

    def _post(self, account: Account, own: Mapping[str, str], happening: Happening) -> Post:
        envelope = {
            **own,
            "MessageId": str(UUID(bytes=hashlib.sha256(happening.seed.encode()).digest()[:16], version=5)),
            "TopicArn": topic_arn(account),
            "Timestamp": iso(happening.at),
            "SignatureVersion": account.extra.get("signature_version", "1"),
            "SigningCertURL": self._base(account) + self.signer.path,
        }
        envelope |= {name: value for name, value in happening.fields.items() if name in _ENVELOPE}
        signature = self.signer.sign(envelope | {"Message": "forged"} if happening.forged else envelope)
        body = orjson.dumps(envelope | {"Signature": signature})
        url = happening.url or account.webhook_url
        return Post(url, body, _headers(account, envelope), purpose=happening.purpose)

    def _base(self, account: Account) -> str:
        return self._reached.get((account.provider, account.user)) or self._base_url()

    def _link(self, account: Account, action: str, **parameters: str) -> str:
        return f"{self._base(account)}/?{urlencode({'Action': action, **parameters})}"


def _headers(account: Account, envelope: Mapping[str, str]) -> dict[str, str]:
    headers = {
        "Content-Type": "text/plain; charset=UTF-8",
        "User-Agent": "Amazon Simple Notification Service Agent",
        "x-amz-sns-message-type": envelope["Type"],
        "x-amz-sns-message-id": envelope["MessageId"],
        "x-amz-sns-topic-arn": envelope["TopicArn"],
    }
    is_subscribed = envelope["Type"] != "SubscriptionConfirmation"
    return headers | {"x-amz-sns-subscription-arn": subscription_arn(account)} if is_subscribed else headers


def own_fields(fields: Mapping[str, str]) -> dict[str, str]:
    """Those that are the event's, not the envelope's."""
    return {name: value for name, value in fields.items() if name not in _ENVELOPE}


def topic_arn(account: Account) -> str:
    region, owner = account.extra.get("region", "eu-west-1"), account.extra.get("account_id", "123456789012")
    return account.extra.get("topic_arn") or f"arn:aws:sns:{region}:{owner}:dapi"


def subscription_arn(account: Account) -> str:
    arn = topic_arn(account)
    return f"{arn}:{UUID(bytes=hashlib.sha256(arn.encode()).digest()[:16], version=5)}"


def token_of(account: Account) -> str:
    """What confirms the account's subscription: of its topic and user alone."""
    return hashlib.sha512(f"{account.provider}/{account.user}/{topic_arn(account)}".encode()).hexdigest()


def iso(at: float) -> str:
    """Milliseconds and a `Z`, as all of AWS's events have their times."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
