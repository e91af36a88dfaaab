"""The operators' API: on a port and with a token of its own."""

from api_gateway.admin.app import application
from api_gateway.call import Gateway
from api_gateway.serving import Door
from api_gateway.settings import GatewaySettings


def door(gateway: Gateway, settings: GatewaySettings) -> Door | None:
    """Where the settings want it served, if anywhere."""
    if not settings.admin_port:
        return None
    app = application(gateway, settings.admin_token.get_secret_value())
    return Door(app, settings.admin_host, settings.admin_port)
