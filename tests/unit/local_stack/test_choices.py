"""Which broker and document store are chosen, and how they are configured."""

import socket
import threading
from pathlib import Path

import pytest

from local_stack.backends import Backends, backends
from local_stack.containers import engine_answers, kafka_environment
from local_stack.kafka import server_properties
from local_stack.mongo import mongo_arguments, mongo_command


def program(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.touch(mode=0o755)
    return path


def test_mongod_is_preferred_to_the_fast_one_and_that_to_the_packaged_one(tmp_path: Path) -> None:
    cache, environment = tmp_path / "cache", {"PATH": str(tmp_path / "path"), "CARGO_HOME": str(tmp_path / "cargo")}
    assert Path(*mongo_command(environment, cache)).name == "secantusd-py"
    built = program(tmp_path / "cargo" / "bin", "secantusd-rs")
    assert mongo_command(environment, cache) == (str(built),)
    fast = program(cache / "bin", "secantusd-rs")
    assert mongo_command(environment, cache) == (str(fast),)
    mongod = program(tmp_path / "path", "mongod")
    assert mongo_command(environment, cache) == (str(mongod),)


def test_what_is_acknowledged_is_durable_unless_told_otherwise() -> None:
    data = Path("/data")
    assert "--sync-on-commit" in mongo_arguments("/bin/secantusd-rs", data, 1, sync=True)
    assert "--sync-on-commit" not in mongo_arguments("/bin/secantusd-rs", data, 1, sync=False)
    assert "--sync-on-commit" not in mongo_arguments("/usr/bin/mongod", data, 1, sync=True)


def test_the_broker_listens_on_loopback_only() -> None:
    lines = server_properties(Path("/data"), 9092, 9093).splitlines()
    assert "listeners=PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093" in lines
    assert "auto.create.topics.enable=false" in lines


def test_a_container_gets_the_same_settings_and_is_reached_at_the_published_port() -> None:
    environment = kafka_environment(9095)
    assert environment["KAFKA_ADVERTISED_LISTENERS"] == "PLAINTEXT://127.0.0.1:9095"
    assert environment["KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS"] == "1000"


async def test_given_addresses_are_taken_and_nothing_is_started(tmp_path: Path) -> None:
    given = {"DAPI_KAFKA": "broker:9092", "DAPI_MONGO": "mongodb://store"}
    async with backends(tmp_path, given) as found:
        assert found == Backends("broker:9092", "mongodb://store")
    assert list(tmp_path.iterdir()) == []


def test_no_engine_answers_where_there_is_no_socket(tmp_path: Path) -> None:
    assert not engine_answers({"DOCKER_HOST": f"unix://{tmp_path}/none.sock"})


@pytest.mark.parametrize(("answer", "answers"), [(b"HTTP/1.0 200 OK\r\n\r\nOK", True), (b"HTTP/1.0 503 No\r\n", False)])
def test_an_engine_is_one_that_answers_a_ping(tmp_path: Path, answer: bytes, answers: bool) -> None:
    path = tmp_path / "engine.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1024)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        assert engine_answers({"DOCKER_HOST": f"unix://{path}"}) is answers
        thread.join()
