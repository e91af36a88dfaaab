"""Which credentials are valid. Everything else gets the provider's own authentication error."""

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

ProviderName = Literal["nexmo", "twilio", "plivo", "mailgun", "amazon-ses", "amazon-sns", "bluemix-push-notifications"]


class Account(BaseModel):
    """`user` and `secret` under whatever names the provider gives them. `webhook_url` is where the vendor reports to
    when a message names no URL of its own, and where it takes what people send back; `webhook_format` how, where the
    vendor leaves that to the account."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    provider: ProviderName
    user: str
    secret: str
    signature_secret: str = ""
    signature_method: Literal["md5hash", "md5", "sha1", "sha256", "sha512"] = "md5hash"
    webhook_url: str = Field(default="", pattern=r"^(https?://.+)?$")
    webhook_format: Literal["query", "form", "json"] = "json"
    extra: dict[str, str] = {}
    """What only this provider's accounts have, as its module names it."""


DEMO = tuple(
    Account.model_validate(account)
    for account in (
        {"provider": "nexmo", "user": "demo-key", "secret": "demo-secret"},
        {
            "provider": "nexmo",
            "user": "demo-signed",
            "secret": "demo-secret",
            "signature_secret": "demo-signing-secret",
        },
        {"provider": "twilio", "user": "AC00000000000000000000000000000001", "secret": "demo-token"},
        {"provider": "plivo", "user": "MADEMO00000000000001", "secret": "demo-token"},
        {
            "provider": "plivo",
            "user": "SADEMO00000000000001",
            "secret": "demo-subtoken",
            "extra": {"main": "MADEMO00000000000001"},
        },
        {
            "provider": "mailgun",
            "user": "mg.example.org",
            "secret": "demo-key",
            "signature_secret": "demo-signing-key",
        },
        {"provider": "amazon-ses", "user": "AKIADEMO000000000001", "secret": "demo-secret"},
        {"provider": "amazon-sns", "user": "AKIADEMO000000000001", "secret": "demo-secret"},
        {
            "provider": "bluemix-push-notifications",
            "user": "demo-app",
            "secret": "demo-secret",
            "extra": {"api_key": "demo-api-key"},
        },
    )
)


class Accounts:
    def __init__(self, accounts: tuple[Account, ...] = DEMO) -> None:
        self._accounts = {(account.provider, account.user): account for account in accounts}

    def add(self, account: Account) -> None:
        self._accounts[account.provider, account.user] = account

    def find(self, provider: ProviderName, user: str) -> Account | None:
        return self._accounts.get((provider, user))

    def of(self, provider: ProviderName) -> Sequence[Account]:
        return [account for account in self._accounts.values() if account.provider == provider]

    def valid(self, provider: ProviderName, user: str, secret: str) -> bool:
        account = self.find(provider, user)
        return account is not None and account.secret == secret
