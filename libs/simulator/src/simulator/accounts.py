"""Which credentials are valid. Everything else gets the provider's own authentication error."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

ProviderName = Literal["nexmo", "twilio"]


class Account(BaseModel):
    """`user` and `secret` under whatever names the provider gives them."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    provider: ProviderName
    user: str
    secret: str
    signature_secret: str = ""
    signature_method: Literal["md5hash", "md5", "sha1", "sha256", "sha512"] = "md5hash"


DEMO = (
    Account.model_validate({"provider": "nexmo", "user": "demo-key", "secret": "demo-secret"}),
    Account.model_validate(
        {"provider": "twilio", "user": "AC00000000000000000000000000000001", "secret": "demo-token"}
    ),
)


class Accounts:
    def __init__(self, accounts: tuple[Account, ...] = DEMO) -> None:
        self._accounts = {(account.provider, account.user): account for account in accounts}

    def add(self, account: Account) -> None:
        self._accounts[account.provider, account.user] = account

    def find(self, provider: ProviderName, user: str) -> Account | None:
        return self._accounts.get((provider, user))

    def valid(self, provider: ProviderName, user: str, secret: str) -> bool:
        account = self.find(provider, user)
        return account is not None and account.secret == secret
