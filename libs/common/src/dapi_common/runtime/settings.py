"""What every process is told by its environment: `DAPI_KAFKA`, `DAPI_MONGO`, … A service subclasses Settings."""

from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Read once, in `launch`. Neither its repr nor its errors show a value that may be secret."""

    model_config = SettingsConfigDict(
        env_prefix="DAPI_", env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    kafka: str = "127.0.0.1:9092"
    """Bootstrap servers, comma-separated."""
    mongo: str = Field(default="mongodb://127.0.0.1:27017", repr=False)
    """A URI, which may hold a password."""
    mongo_db: str = "dapi"
    partitions: int = Field(default=4, ge=1)
    """Of every topic, fixed when the installation is made."""
    instance: str = Field(default="0", pattern=r"^[A-Za-z0-9._-]{1,63}$")
    """This process among those of its service; keeps its tasks over a restart."""
    health_port: int = Field(default=0, ge=0, le=65535)
    """On loopback; 0: no health server."""
    master_key: SecretStr = SecretStr("")
    """Opens the providers' credentials (`secrets.Vault`, which refuses an empty one): for the processes that do."""
    public_url: str = ""
    """Where vendors reach this installation's `/callbacks`, scheme and host; empty: they cannot."""
    public_urls: dict[str, str] = Field(default_factory=dict)
    """The same for single providers, by name, where they differ."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    def public_url_of(self, provider: str) -> str:
        """Where the provider's vendor reaches it; "" when it cannot."""
        return self.public_urls.get(provider, self.public_url)


def problems(error: ValidationError) -> list[str]:
    """Which settings are wrong, and how; never what they were."""
    return [
        f"DAPI_{'.'.join(map(str, item['loc'])).upper()}: {item['type']}"
        for item in error.errors(include_url=False, include_context=False, include_input=False)
    ]
