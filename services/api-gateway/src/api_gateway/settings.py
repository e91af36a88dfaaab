"""What a gateway process is told by its environment, beyond what every process is."""

from pydantic import Field

from dapi_common.runtime.settings import Settings


class GatewaySettings(Settings):
    """Where to listen, and whether a GET shows providers' credentials in clear."""

    http_host: str = "127.0.0.1"
    http_port: int = Field(default=8080, ge=1, le=65535)
    reveal_credentials: bool = True
