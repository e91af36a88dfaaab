import pytest

from dapi_common.bus.memory import MemoryBus
from dapi_common.testing.bus_contract import BusContract


class TestMemoryBus(BusContract):
    @pytest.fixture
    def bus(self) -> MemoryBus:
        return MemoryBus(partitions=4)
