import pytest

from dapi_common.provider import catalog
from dapi_common.testing.callback_cases import CallbackCase, callback_cases, check_callback, lacking_callbacks
from tests.contract.provider.test_cases import SERVICES

CASES = callback_cases(SERVICES)


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_the_adapter_reads_what_the_vendor_tells_as_recorded(case: CallbackCase) -> None:
    await check_callback(case)


@pytest.mark.parametrize("provider", sorted(catalog.load()))
def test_every_adapter_that_takes_callbacks_shows_an_undelivered_message_and_a_forgery(provider: str) -> None:
    assert lacking_callbacks(provider, CASES) == []
