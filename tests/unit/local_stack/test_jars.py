"""The jars are the locked ones, or nothing is started with them."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from local_stack import jars
from local_stack.jars import Jar, JarsUnavailable, jar_folder, read_lock, write_lock

CONTENT = b"the jar"
JAR = Jar("org.example:thing:1.0", sha256(CONTENT).hexdigest())


class Repository:
    """Plays the remote one: answers with these contents in turn, the last one for ever."""

    def __init__(self, *contents: bytes | OSError) -> None:
        self.contents = list(contents)
        self.asked = 0

    def download(self, jar: Jar, repository: Path) -> Path:
        content = self.contents[min(self.asked, len(self.contents) - 1)]
        self.asked += 1
        if isinstance(content, OSError):
            raise content
        repository.mkdir(parents=True, exist_ok=True)
        path = repository / jar.file_name
        path.write_bytes(content)
        return path


Play = Callable[..., Repository]


@pytest.fixture
def playing(monkeypatch: pytest.MonkeyPatch) -> Play:
    def play(*contents: bytes | OSError) -> Repository:
        repository = Repository(*contents)
        monkeypatch.setattr("local_stack.jars._download", repository.download)
        monkeypatch.setattr("time.sleep", lambda _: None)
        return repository

    return play


def test_the_lock_names_kafka_and_its_logging_once_each() -> None:
    locked = read_lock()
    assert {jars.KAFKA, jars.LOGGING} <= {jar.coordinate for jar in locked}
    assert len({jar.file_name for jar in locked}) == len(locked)
    clients = [jar.coordinate for jar in locked if ":kafka-clients:" in jar.coordinate]
    assert clients == ["org.apache.kafka:kafka-clients:4.2.1"]


def test_a_lock_reads_as_it_was_written(tmp_path: Path) -> None:
    write_lock([JAR], tmp_path / "lock")
    assert read_lock(tmp_path / "lock") == (JAR,)


def test_what_is_in_the_cache_is_not_fetched_again(tmp_path: Path, playing: Play) -> None:
    remote = playing(CONTENT)
    folder = jar_folder(tmp_path, [JAR])
    assert (folder / "thing-1.0.jar").read_bytes() == CONTENT
    assert jar_folder(tmp_path, [JAR]) == folder
    assert remote.asked == 1


def test_errors_of_the_network_and_truncated_files_are_tried_again(tmp_path: Path, playing: Play) -> None:
    playing(ConnectionResetError("reset"), CONTENT[:3], CONTENT)
    assert (jar_folder(tmp_path, [JAR]) / "thing-1.0.jar").read_bytes() == CONTENT


def test_a_file_that_is_not_the_locked_one_is_never_put_in_place(tmp_path: Path, playing: Play) -> None:
    playing(b"another jar")
    with pytest.raises(JarsUnavailable, match="not the file that was locked"):
        jar_folder(tmp_path, [JAR])
    assert list(tmp_path.glob("kafka-????????????????")) == []
    playing(CONTENT)
    assert jar_folder(tmp_path, [JAR]).is_dir()
    assert list(tmp_path.glob("*.part")) == []
