import pytest

from dapi_common.bus.memory import MemoryBus
from dapi_common.bus.memory_archive import MemoryArchive
from dapi_common.bus.rewrite import MemoryRewriter
from dapi_common.testing.archive_contract import ArchiveContract
from dapi_common.testing.bus_contract import BusContract
from dapi_common.testing.parking_contract import Open, ParkingContract
from dapi_common.testing.suspects_contract import SuspectsContract


class TestMemoryBus(BusContract):
    @pytest.fixture
    def bus(self) -> MemoryBus:
        return MemoryBus(partitions=4)


class TestSuspectsInMemory(SuspectsContract):
    @pytest.fixture
    def bus(self) -> MemoryBus:
        return MemoryBus(partitions=4)


class TestParkingInMemory(ParkingContract):
    @pytest.fixture
    def bus(self) -> MemoryBus:
        return MemoryBus(partitions=4)

    @pytest.fixture
    def rewriter(self, bus: MemoryBus) -> Open:
        return lambda: MemoryRewriter(bus)


class TestMemoryArchive(ArchiveContract):
    @pytest.fixture
    def bus(self) -> MemoryBus:
        return MemoryBus(partitions=4)

    @pytest.fixture
    def archive(self, bus: MemoryBus) -> MemoryArchive:
        return MemoryArchive(bus)
