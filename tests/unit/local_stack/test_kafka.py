"""The embedded broker's configuration file."""

from pathlib import Path

from local_stack.kafka import Door, server_properties


def settings(doors: tuple[Door, ...] = ()) -> dict[str, str]:
    lines = server_properties(Path("data"), 9092, 9093, doors).splitlines()
    return dict(line.split("=", 1) for line in lines)


def test_it_listens_for_clients_and_for_itself() -> None:
    found = settings()
    assert found["listeners"] == "PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093"
    assert found["advertised.listeners"] == "PLAINTEXT://127.0.0.1:9092"


def test_who_comes_through_a_door_is_told_to_come_to_where_it_is_advertised() -> None:
    found = settings((Door("ONE", 9101, 9201),))
    assert "ONE://127.0.0.1:9101" in found["listeners"].split(",")
    assert "ONE://127.0.0.1:9201" in found["advertised.listeners"].split(",")
    assert "ONE:PLAINTEXT" in found["listener.security.protocol.map"].split(",")
