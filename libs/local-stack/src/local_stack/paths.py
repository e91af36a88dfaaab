"""Where the cache is, and how files are put in place."""

import os
import pwd
from collections.abc import Mapping
from pathlib import Path


def cache_folder(environment: Mapping[str, str]) -> Path:
    """DAPI_CACHE_DIR, else `dapi` in the user's cache folder. It can be deleted at any time while nothing runs."""
    if chosen := environment.get("DAPI_CACHE_DIR"):
        return Path(chosen).resolve()
    home = environment.get("HOME") or pwd.getpwuid(os.getuid()).pw_dir
    return Path(environment.get("XDG_CACHE_HOME") or Path(home, ".cache")) / "dapi"


def write_private(path: Path, text: str) -> None:
    """Puts a file that only its owner may read in place, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(descriptor)
    fresh.rename(path)
