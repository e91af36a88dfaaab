"""What tests of every kind may ask for. Nothing of ours is imported or started before a test asks."""

import os
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from local_stack.backends import Backends

settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")
"""However long an example takes: other processes use the machine, too."""


@pytest.fixture(scope="session")
async def backends(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator["Backends"]:
    """A broker and a document store, fresh unless the environment gives their addresses. What is missing fails the
    test; nothing is skipped."""
    from local_stack.backends import backends as started

    async with started(tmp_path_factory.mktemp("backends"), os.environ) as found:
        yield found
