"""What tests of every kind may ask for. Nothing is imported or started before a test asks."""

import os
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from local_stack.backends import Backends


@pytest.fixture(scope="session")
async def backends(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator["Backends"]:
    """A broker and a document store, fresh unless the environment gives their addresses. What is missing fails the
    test; nothing is skipped."""
    from local_stack.backends import backends as started

    async with started(tmp_path_factory.mktemp("backends"), os.environ) as found:
        yield found
