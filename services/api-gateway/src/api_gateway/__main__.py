"""The gateway process."""

from uuid import uuid4

from api_gateway import admin
from api_gateway.auth import Accounts
from api_gateway.call import Gateway
from api_gateway.commands import Asks
from api_gateway.history import History
from api_gateway.prompt import PromptStore
from api_gateway.serving import serve
from api_gateway.settings import GatewaySettings
from dapi_common.bus.kafka import KafkaBus
from dapi_common.bus.kafka_archive import KafkaArchive
from dapi_common.bus.kafka_reach import reached
from dapi_common.clock import SystemClock
from dapi_common.runtime.health import Health
from dapi_common.runtime.service import launch
from dapi_common.secrets import Vault
from dapi_common.store.generations import CurrentStore
from dapi_common.store.mongo import MongoStore
from dapi_common.store.positions import Barrier


async def main(settings: GatewaySettings, health: Health) -> None:
    """Builds the gateway and serves."""
    await reached(settings.kafka, health)
    bus, clock = KafkaBus(settings.kafka, settings.partitions), SystemClock()
    vault = Vault(settings.master_key.get_secret_value())
    mongo = CurrentStore(MongoStore(settings.mongo, settings.mongo_db, 3.0))
    store, barrier = PromptStore(mongo, clock), Barrier(mongo, clock)
    async with bus.publisher("api-gateway") as publisher:
        asks = Asks(publisher, barrier, clock, f"{settings.instance}-{uuid4().hex}")
        gateway = Gateway(
            Accounts(),
            asks,
            store,
            vault,
            settings.reveal_credentials,
            callback_url=settings.callback_url,
            history=History(KafkaArchive(settings.kafka, settings.partitions), clock),
        )
        try:
            door = admin.door(gateway, settings)
            await serve(gateway, bus, publisher, settings.http_host, settings.http_port, health, door)
        finally:
            await barrier.close()
            await store.close()


if __name__ == "__main__":
    launch("api-gateway", GatewaySettings, main)
