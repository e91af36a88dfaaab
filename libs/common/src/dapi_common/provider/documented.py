"""The providers of the public contract: names, types, credential keys. An installed adapter's own models take
precedence; the others' credentials and contacts can be stored before their adapters are installed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, StringConstraints, model_validator

from dapi_common.events.shapes import Channel
from dapi_common.provider.fields import Credentials, Domain, Key, Label, PathKey, lacks

Region = Annotated[str, StringConstraints(max_length=32, pattern=r"^[a-z]{2,}(?:-[a-z0-9]+)+$")]
_TOPIC = r"arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+"
Topics = Annotated[str, StringConstraints(max_length=1024, pattern=rf"^{_TOPIC}(?:,{_TOPIC})*$")]
"""The topics of which messages are taken: one, or several with commas."""


BLUEMIX_SUFFIXES: Final = (".ng.bluemix.net", ".eu-gb.bluemix.net", ".au-syd.bluemix.net")
"""What IBM's older SDKs call a region: the end of its host."""
BluemixRegion = Annotated[
    str,
    StringConstraints(
        max_length=63,
        pattern=rf"^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?|{'|'.join(map(re.escape, BLUEMIX_SUFFIXES))})$",
    ),
]


class NexmoKeys(Credentials):
    """Signatures are for callbacks."""

    API_KEY: Key
    API_SECRET: Key
    SIGNATURE_SECRET: Key | None = None
    SIGNATURE_METHOD: Literal["md5hash", "md5", "sha1", "sha256", "sha512"] | None = None


class TwilioKeys(Credentials):
    """REGION and EDGE choose the host. WEBHOOK_SHARED_KEY signs callbacks where the account has one for them."""

    ACCOUNT_SID: PathKey
    AUTH_TOKEN: Key
    REGION: Label | None = None
    EDGE: Label | None = None
    WEBHOOK_SHARED_KEY: Key | None = None


class PlivoKeys(Credentials):
    """MAIN_AUTH_TOKEN is needed when AUTH_ID is a subaccount."""

    AUTH_ID: PathKey
    AUTH_TOKEN: Key
    MAIN_AUTH_TOKEN: Key | None = None


class MailgunKeys(Credentials):
    """REGION chooses the host, DOMAIN_NAME is part of the path."""

    API_KEY: Key
    DOMAIN_NAME: Domain
    REGION: Literal["us", "eu"] | None = None
    WEBHOOK_SIGNING_KEY: Key | None = None


class AmazonKeys(Credentials):
    """The documents' table says SECRET_KEY, their samples send AUTH_TOKEN: either, and only one of them."""

    ACCESS_KEY: Key
    SECRET_KEY: Key | None = None
    AUTH_TOKEN: Key | None = None
    REGION_NAME: Region

    @model_validator(mode="after")
    def one_secret(self) -> Self:
        """Exactly one of the two names."""
        if self.SECRET_KEY is None and self.AUTH_TOKEN is None:
            raise lacks("SECRET_KEY", "SECRET_KEY is required")
        if self.SECRET_KEY is not None and self.AUTH_TOKEN is not None:
            raise lacks("AUTH_TOKEN", "either SECRET_KEY or AUTH_TOKEN, not both")
        return self


class SesKeys(AmazonKeys):
    """Amazon's, the configuration set whose events report deliveries, and the topics that they come from."""

    CONFIGURATION_SET: PathKey | None = None
    TOPIC_ARN: Topics | None = None


class SnsKeys(AmazonKeys):
    """Amazon's, and the topics of failure events."""

    TOPIC_ARN: Topics | None = None


class BluemixKeys(Credentials):
    """REGION_NAME is one label of the host (`us-south`), or one of the older suffixes. API_KEY is for IAM."""

    APP_GUID: PathKey
    APP_SECRET: Key
    REGION_NAME: BluemixRegion
    API_KEY: Key | None = None


@dataclass(frozen=True, slots=True)
class Documented:
    """A provider as the contract names it. `recipient`: as an Adapter has it."""

    recipient: Mapping[Channel, str]
    credentials: type[BaseModel]


DOCUMENTED: Mapping[str, Documented] = {
    "nexmo": Documented({"sms": "to"}, NexmoKeys),
    "twilio": Documented({"sms": "To", "voice": "To"}, TwilioKeys),
    "plivo": Documented({"sms": "dst", "voice": "to"}, PlivoKeys),
    "mailgun": Documented({"email": "to"}, MailgunKeys),
    "amazon-ses": Documented({"email": "Destination.ToAddresses[]"}, SesKeys),
    "amazon-sns": Documented({"push": "TargetArn"}, SnsKeys),
    "bluemix-push-notifications": Documented({"push": "target.deviceIds[]"}, BluemixKeys),
}
