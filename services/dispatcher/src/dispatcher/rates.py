"""What the operator says about providers: which there are, and how fast one account's credential may be used."""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, TypeAdapter

from dapi_common.runtime.settings import Settings

PROVIDERS_FILE = Path("deploy") / "providers.toml"


class DispatcherSettings(Settings):
    """`DAPI_PROVIDERS_FILE` and `DAPI_PROVIDER_RATES`, the latter a JSON object."""

    providers_file: Path | None = None
    """Default: `deploy/providers.toml` of the working directory or the checkout, or of any folder above them."""
    provider_rates: dict[str, PositiveFloat | None] = Field(default_factory=dict)
    """By provider, instead of the file's: starts a second of one credential, null for no ceiling."""


class _Provider(BaseModel):
    model_config = ConfigDict(extra="ignore")

    rate_per_second: PositiveFloat | None = None


_PROVIDERS = TypeAdapter(dict[str, _Provider])


def read_rates(settings: DispatcherSettings) -> dict[str, float | None]:
    """Every provider's rate (None: no ceiling). Raises OSError or ValueError for a file that cannot be read."""
    file = settings.providers_file or find((Path.cwd(), Path(__file__)))
    return {**(parse(file.read_text("utf-8")) if file else {}), **settings.provider_rates}


def parse(text: str) -> dict[str, float | None]:
    """The rates that the text of a providers file names."""
    providers = _PROVIDERS.validate_python(tomllib.loads(text))
    return {name: provider.rate_per_second for name, provider in providers.items()}


def ceilings(rates: Mapping[str, float | None]) -> dict[str, float]:
    """Those that are one."""
    return {name: rate for name, rate in rates.items() if rate}


def find(starts: Iterable[Path]) -> Path | None:
    """The nearest `deploy/providers.toml` at or above any of `starts`."""
    folders = (folder for start in starts for folder in (start, *start.parents))
    return next((folder / PROVIDERS_FILE for folder in folders if (folder / PROVIDERS_FILE).is_file()), None)
