"""The whole system, as clients and providers see it."""

import os
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from local_stack.system import Credentials, System


@pytest.fixture(scope="module")
async def system(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator["System"]:
    """Every service and the simulator, over backends of the module's own: what one module leaves, and a store that is
    slow with it, concerns no other one. `system.supervisor` kills and freezes services; `system.backends.embedded` does
    it to the broker and the store, where they are embedded."""
    from local_stack.backends import backends
    from local_stack.system import running_system

    async with (
        backends(tmp_path_factory.mktemp("backends"), os.environ) as found,
        running_system(found, tmp_path_factory.mktemp("system")) as system,
    ):
        yield system


@pytest.fixture
async def account(system: "System") -> "Credentials":
    """An account of the test's own, with roomy limits."""
    return await system.create_account()
