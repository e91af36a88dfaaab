"""What `make run` reads, and when it refuses to start."""

import socket
from pathlib import Path

import pytest
from rich.console import Console

from local_stack.paths import cache_folder, write_private
from local_stack.ports import HOST
from local_stack.run import Unusable, http_port, only_one, read_demo_env, told
from local_stack.services import SERVICES, admin_token, master_key, service_processes
from local_stack.system import Credentials


def test_settings_have_defaults_and_can_be_chosen() -> None:
    assert told({}, once=False).http_port is None
    assert told({}, once=False).data == Path(".dapi").resolve()
    chosen = told({"DAPI_DATA_DIR": "/elsewhere", "DAPI_HTTP_PORT": "8099"}, once=True)
    assert (chosen.data, chosen.http_port, chosen.once) == (Path("/elsewhere"), 8099, True)


@pytest.mark.parametrize("port", ["x", "0", "65536", "-1"])
def test_what_is_not_a_port_is_refused(port: str) -> None:
    with pytest.raises(Unusable, match="not a port"):
        told({"DAPI_HTTP_PORT": port}, once=False)


def test_a_port_that_was_asked_for_must_be_free() -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Unusable, match=f"port {port} .* is taken"):
            http_port(port, Console(quiet=True))


def test_a_data_folder_belongs_to_one_at_a_time(tmp_path: Path) -> None:
    with only_one(tmp_path), pytest.raises(Unusable, match="another one is running"), only_one(tmp_path):
        pass
    with only_one(tmp_path):
        pass


def test_the_account_of_the_last_start_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "demo.env"
    assert read_demo_env(path) is None
    write_private(path, "DAPI_URL=http://127.0.0.1:1\nUSER_ID=abc\nUSER_SECRET=d=e\n")
    assert read_demo_env(path) == Credentials("abc", "d=e")
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_master_key_is_made_once_and_private(tmp_path: Path) -> None:
    key = master_key(tmp_path)
    assert master_key(tmp_path) == key
    assert (tmp_path / "master.key").stat().st_mode & 0o777 == 0o600


def test_the_admin_token_is_made_once_and_private(tmp_path: Path) -> None:
    token = admin_token(tmp_path)
    assert len(token) >= 32
    assert admin_token(tmp_path) == token
    assert (tmp_path / "admin.token").stat().st_mode & 0o777 == 0o600


def test_only_the_first_gateway_serves_the_admin_api() -> None:
    ports = {one.name: one.environment.get("DAPI_ADMIN_PORT") for one in service_processes({}, 8081)}
    assert ports == {**dict.fromkeys(SERVICES), "api-gateway": "8081"}


def test_every_service_has_a_health_port_of_its_own() -> None:
    processes = list(service_processes({"DAPI_KAFKA": "127.0.0.1:9092"}))
    assert [process.name for process in processes] == list(SERVICES)
    assert len({process.environment["DAPI_HEALTH_PORT"] for process in processes}) == len(processes)
    assert all(process.environment["DAPI_KAFKA"] == "127.0.0.1:9092" for process in processes)


def test_the_cache_is_where_the_user_keeps_caches() -> None:
    assert cache_folder({"HOME": "/home/me"}) == Path("/home/me/.cache/dapi")
    assert cache_folder({"HOME": "/home/me", "XDG_CACHE_HOME": "/big"}) == Path("/big/dapi")
    assert cache_folder({"HOME": "/home/me", "DAPI_CACHE_DIR": "/other"}) == Path("/other")
    assert cache_folder({"HOME": ""}).is_absolute()
