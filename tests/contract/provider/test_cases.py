from pathlib import Path

import pytest

from dapi_common.provider import catalog
from dapi_common.testing.provider_cases import Case, cases, check, lacking

SERVICES = Path(__file__).parents[3] / "services"
CASES = cases(SERVICES)


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_the_adapter_answers_as_recorded(case: Case) -> None:
    await check(case)


@pytest.mark.parametrize("provider", sorted(catalog.load()))
def test_every_installed_adapter_shows_every_outcome_and_every_row_of_its_tables(provider: str) -> None:
    assert lacking(provider, CASES) == []


def test_every_recorded_provider_is_installed() -> None:
    assert {case.provider for case in CASES} == set(catalog.load())
