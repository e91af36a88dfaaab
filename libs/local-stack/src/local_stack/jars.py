"""The jars of the embedded Kafka: locked by name and digest, fetched once into the cache."""

import fcntl
import hashlib
import logging
import shutil
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import requests
from jgo.maven import Dependency, MavenContext

log = logging.getLogger(__name__)

KAFKA = "org.apache.kafka:kafka_2.13:4.2.1"
LOGGING = "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4"
"""What Kafka's log calls need to arrive anywhere. Its version is that of the log4j-core which Kafka brings."""
LOCK_FILE = Path(__file__).with_name("kafka_jars.lock")
ATTEMPTS = 4


class JarsUnavailable(RuntimeError):
    """The jars could not be fetched, or are not the ones that were locked."""


@dataclass(frozen=True, slots=True, order=True)
class Jar:
    """One locked file: `coordinate` is group:artifact:version."""

    coordinate: str
    sha256: str

    @property
    def file_name(self) -> str:
        _, artifact, version = self.coordinate.split(":")
        return f"{artifact}-{version}.jar"


def read_lock(path: Path = LOCK_FILE) -> tuple[Jar, ...]:
    """The jars to run with."""
    lines = (line.split() for line in path.read_text().splitlines() if line and not line.startswith("#"))
    return tuple(Jar(coordinate, sha256) for coordinate, sha256 in lines)


def jar_folder(cache: Path, jars: Sequence[Jar]) -> Path:
    """The folder that holds exactly these jars, fetching what is missing. Safe to call from several processes at
    once. Raises JarsUnavailable."""
    digest = hashlib.sha256("".join(jar.sha256 for jar in jars).encode()).hexdigest()[:16]
    folder = cache / f"kafka-{digest}"
    with _only_one(cache / "kafka.lock"):
        if not folder.is_dir():
            _build(cache, folder, jars)
    return folder


@contextmanager
def _only_one(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(cache: Path, folder: Path, jars: Sequence[Jar]) -> None:
    log.info("fetching Kafka (%d jars, 44 MB) into %s, once", len(jars), cache)
    for leftover in cache.glob("kafka-*.part"):
        shutil.rmtree(leftover)
    part = Path(mkdtemp(prefix="kafka-", suffix=".part", dir=cache))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda jar: _fetch(jar, part), jars))
    (part / "jars").rename(folder)
    shutil.rmtree(part)


def _fetch(jar: Jar, part: Path) -> None:
    """Puts one verified jar into `part/jars`, trying again after errors of the network or a wrong digest."""
    for attempt in range(ATTEMPTS):
        time.sleep(attempt**2)
        try:
            found = _download(jar, part / f"try-{attempt}")
        except (requests.RequestException, RuntimeError, OSError) as error:
            reason = f"{type(error).__name__}: {error}"
        else:
            if sha256_of(found) == jar.sha256:
                (part / "jars").mkdir(exist_ok=True)
                found.rename(part / "jars" / jar.file_name)
                return
            reason = "it is not the file that was locked"
        log.warning("fetching %s, attempt %d of %d: %s", jar.coordinate, attempt + 1, ATTEMPTS, reason)
    raise JarsUnavailable(f"cannot fetch {jar.coordinate} for the embedded Kafka: {reason}")


def _download(jar: Jar, repository: Path) -> Path:
    group, artifact, version = jar.coordinate.split(":")
    context = MavenContext(repo_cache=repository, timeout=60)
    return Path(context.project(group, artifact).at_version(version).artifact().resolve())


def sha256_of(path: Path) -> str:
    """Hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def resolve(repository: Path) -> tuple[Jar, ...]:
    """What KAFKA needs today, sorted: the content of a new lock. Kafka is resolved alone, because jgo lets the
    versions that another root manages override Kafka's own (log4j's would bring kafka-clients 3.9)."""
    context = MavenContext(repo_cache=repository, timeout=60)
    roots, needed = context.resolver.resolve([context.create_dependency(KAFKA)])
    return tuple(sorted(_locked(found) for found in (*roots, *needed, context.create_dependency(LOGGING))))


def _locked(dependency: Dependency) -> Jar:
    coordinate = f"{dependency.groupId}:{dependency.artifactId}:{dependency.version}"
    return Jar(coordinate, sha256_of(Path(dependency.artifact.resolve())))


def write_lock(jars: Sequence[Jar], path: Path = LOCK_FILE) -> None:
    """Replaces the lock."""
    lines = [f"{jar.coordinate} {jar.sha256}" for jar in jars]
    path.write_text("\n".join([f"# {KAFKA} and what it needs; written by `make lock`", *lines, ""]))
