from collections.abc import Sequence

import pytest
from aiokafka import TopicPartition
from aiokafka.structs import OffsetAndMetadata

from dapi_common.bus import kafka_offsets
from dapi_common.bus.kafka_offsets import committed_offsets

FIRST, SECOND = TopicPartition("a", 0), TopicPartition("b", 0)
Answer = dict[TopicPartition, OffsetAndMetadata]


class Admin:
    """As aiokafka's is: a coordinator's error is an answer without partitions."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = [*answers]

    async def list_consumer_group_offsets(self, group: str, partitions: Sequence[TopicPartition]) -> Answer:
        assert (group, partitions) == ("g", [FIRST, SECOND])
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka_offsets, "_AGAIN_SECONDS", 0.001)
    monkeypatch.setattr(kafka_offsets, "ANSWER_SECONDS", 0.1)


async def test_an_answer_without_partitions_is_none() -> None:
    whole = {FIRST: OffsetAndMetadata(7, "x"), SECOND: OffsetAndMetadata(-1, "")}
    admin = Admin({}, {FIRST: OffsetAndMetadata(7, "x")}, whole)
    assert await committed_offsets(admin, "g", [FIRST, SECOND]) == whole


async def test_who_never_gets_one_does_not_begin() -> None:
    with pytest.raises(TimeoutError):
        await committed_offsets(Admin({}), "g", [FIRST, SECOND])
