"""The whole system, as clients and providers see it."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from local_stack.backends import Backends
    from local_stack.system import Credentials, System


@pytest.fixture(scope="session")
async def system(backends: "Backends", tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator["System"]:
    """Every service and the simulator, over the shared backends. `system.supervisor` kills and freezes them;
    `system.backends.embedded` does it to the broker and the store, where they are embedded."""
    from local_stack.system import running_system

    async with running_system(backends, tmp_path_factory.mktemp("system")) as system:
        yield system


@pytest.fixture
async def account(system: "System") -> "Credentials":
    """An account of the test's own, with roomy limits."""
    return await system.create_account()
