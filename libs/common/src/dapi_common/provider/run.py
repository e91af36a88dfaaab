"""`dapi-provider <name>`: the process of one installed adapter."""

import sys
from functools import partial

from pydantic import Field, create_model

from dapi_common.bus.kafka import KafkaBus
from dapi_common.bus.task import Processor
from dapi_common.clock import SystemClock
from dapi_common.provider.adapter import Adapter
from dapi_common.provider.calls import Calls
from dapi_common.provider.catalog import load
from dapi_common.provider.client import Timeouts, client
from dapi_common.provider.worker import AdapterTask
from dapi_common.runtime.health import Health
from dapi_common.runtime.service import launch
from dapi_common.runtime.settings import Settings
from dapi_common.secrets import Vault
from dapi_common.topics import provider_topic

NOBODY = "https://vendor.invalid"
"""The base of a client whose calls name their own."""
TICK = 0.02
"""Seconds between two transactions of a task: what a step begins and what came back meanwhile share one."""


class ProviderSettings(Settings):
    """What every adapter's process is told. What stands in for the vendor is named under the
    adapter's own name."""

    provider_url: str = ""
    """Where all calls go instead of the vendor's hosts."""
    provider_concurrency: int = Field(default=256, ge=1, le=4096)
    """Calls at a time."""
    provider_ahead: int = Field(default=5_000, ge=1, le=100_000)
    """Records of a partition in memory: a stop behind so many sends is seen at once."""
    provider_connect_seconds: float = Field(default=3.0, gt=0)
    provider_total_seconds: float = Field(default=10.0, gt=0, le=11)
    """Shorter than a task's drain, so that a call under way can end before the process does."""


def settings_for(adapter: type[Adapter]) -> type[ProviderSettings]:
    """Settings whose `provider_url` is read from `DAPI_<NAME>_URL`, e.g. DAPI_AMAZON_SES_URL."""
    variable = f"DAPI_{adapter.name.upper().replace('-', '_')}_URL"
    url = Field(default="", validation_alias=variable)
    return create_model("AdapterSettings", __base__=ProviderSettings, provider_url=(str, url))


async def serve(adapter: type[Adapter], settings: ProviderSettings, health: Health) -> None:
    """Works until it is cancelled."""
    vault, clock = Vault(settings.master_key.get_secret_value()), SystemClock()
    timeouts = Timeouts(settings.provider_connect_seconds, settings.provider_total_seconds)
    bus = KafkaBus(settings.kafka, settings.partitions)
    feed = bus.feed(f"provider-{adapter.name}", [provider_topic(adapter.name)], None, settings.instance)
    async with client(settings.provider_url or NOBODY, timeouts, pinned=bool(settings.provider_url)) as http:
        calls = Calls(adapter(), http, clock, settings.provider_concurrency)
        task = partial(AdapterTask, calls, vault, settings.provider_ahead)
        await Processor(feed, lambda _: task(), clock, tick=TICK, on_assigned=health.ready).run()


def main() -> None:
    """The console script."""
    adapters = load()
    if len(sys.argv) != 2 or sys.argv[1] not in adapters:
        sys.exit(f"usage: dapi-provider <name>, one of: {', '.join(sorted(adapters))}")
    adapter = adapters[sys.argv[1]]
    launch(f"provider-{adapter.name}", settings_for(adapter), partial(serve, adapter))


if __name__ == "__main__":
    main()
