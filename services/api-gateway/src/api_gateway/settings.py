"""What a gateway process is told by its environment, beyond what every process is."""

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from dapi_common.ids import AccountId
from dapi_common.provider.addresses import Addresses
from dapi_common.runtime.settings import Settings


class GatewaySettings(Settings):
    """Where to listen, and whether a GET shows providers' credentials in clear."""

    http_host: str = "127.0.0.1"
    http_port: int = Field(default=8080, ge=1, le=65535)
    reveal_credentials: bool = True
    admin_host: str = "127.0.0.1"
    admin_port: int = Field(default=0, ge=0, le=65535)
    """Of the operators' API; 0: none."""
    admin_token: SecretStr = Field(default=SecretStr(""), validate_default=True)
    """What operators show to it."""

    def callback_url(self, provider: str, account: AccountId) -> str:
        """Where the provider's vendor reaches its adapter about an account; "" when it cannot."""
        key = self.master_key.get_secret_value()
        return Addresses(provider, key, self.public_url_of(provider)).of_account(account)

    @field_validator("admin_token")
    @classmethod
    def _guards_the_port(cls, token: SecretStr, others: ValidationInfo) -> SecretStr:
        if others.data.get("admin_port") and not token.get_secret_value().strip():
            raise PydanticCustomError("needed_with_admin_port", "an admin port needs a token")
        return token
