"""`dapi-provider <name>`: the process of one installed adapter."""

import sys
from functools import partial

from pydantic import AliasChoices, Field, create_model

from dapi_common import topics
from dapi_common.bus.follow import followed
from dapi_common.bus.kafka import KafkaBus
from dapi_common.bus.kafka_reach import reached
from dapi_common.bus.task import Processor
from dapi_common.clock import SystemClock
from dapi_common.provider.adapter import Adapter, LooksUp
from dapi_common.provider.addresses import Addresses
from dapi_common.provider.calls import Calls
from dapi_common.provider.catalog import load
from dapi_common.provider.client import Timeouts, client
from dapi_common.provider.directory import Directory
from dapi_common.provider.letters import Letters
from dapi_common.provider.lookups import Lookups
from dapi_common.provider.signals import KafkaSignals
from dapi_common.provider.webhook import Webhook, serving
from dapi_common.provider.worker import AdapterTask
from dapi_common.runtime.health import Health
from dapi_common.runtime.service import launch
from dapi_common.runtime.settings import Settings
from dapi_common.secrets import Vault
from dapi_common.topics import provider_state, provider_topic

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
    provider_lookup: bool = True
    """Whether vendors are asked what became of unclear sends."""
    callback_host: str = "127.0.0.1"
    callback_port: int = Field(default=0, ge=0, le=65535)
    """Where `/callbacks` is served; 0: nowhere."""
    provider_connect_seconds: float = Field(default=3.0, gt=0)
    provider_total_seconds: float = Field(default=10.0, gt=0, le=11)
    """Shorter than a task's drain, so that a call under way can end before the process does."""

    @property
    def callbacks_at(self) -> tuple[str, int]:
        """Host and port."""
        return self.callback_host, self.callback_port


def settings_for(adapter: type[Adapter]) -> type[ProviderSettings]:
    """Settings whose `provider_url` is read from `DAPI_<NAME>_URL`, e.g. DAPI_AMAZON_SES_URL, and whose `callback_port`
    from `DAPI_<NAME>_CALLBACK_PORT` or else `DAPI_CALLBACK_PORT`."""
    name = f"DAPI_{adapter.name.upper().replace('-', '_')}"
    url = Field(default="", validation_alias=f"{name}_URL")
    ports = AliasChoices(f"{name}_CALLBACK_PORT", "DAPI_CALLBACK_PORT")
    port = Field(default=0, ge=0, le=65535, validation_alias=ports)
    return create_model(
        "AdapterSettings", __base__=ProviderSettings, provider_url=(str, url), callback_port=(int, port)
    )


async def serve(adapter: type[Adapter], settings: ProviderSettings, health: Health) -> None:
    """Works until it is cancelled."""
    await reached(settings.kafka, health)
    key, clock, one = settings.master_key.get_secret_value(), SystemClock(), adapter()
    public = settings.public_url_of(adapter.name)
    letters = Letters(Vault(key), Addresses(adapter.name, key, public), Directory(adapter.name))
    timeouts = Timeouts(settings.provider_connect_seconds, settings.provider_total_seconds)
    bus = KafkaBus(settings.kafka, settings.partitions)
    feed = bus.feed(
        f"provider-{adapter.name}", [provider_topic(adapter.name)], provider_state(adapter.name), settings.instance
    )
    async with (
        client(settings.provider_url or NOBODY, timeouts, pinned=bool(settings.provider_url)) as http,
        KafkaSignals(settings.kafka, adapter.name) as signals,
        bus.publisher(f"provider-{adapter.name}") as publisher,
        followed(bus.reader([topics.ACCOUNTS]), letters.directory.apply),
        serving(Webhook(one, http, letters, publisher, clock, signals, public), *settings.callbacks_at),
    ):
        lookups = Lookups(one, http) if settings.provider_lookup and isinstance(one, LooksUp) else None
        calls = Calls(one, http, clock, settings.provider_concurrency, lookups=lookups, signals=signals)
        task = partial(AdapterTask, calls, letters, settings.provider_ahead)
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
