"""Which partition a key is in: the rule of Kafka's own producers."""

from aiokafka.partitioner import murmur2


def partition_of(key: bytes, partitions: int) -> int:
    """0 … `partitions` - 1, of every topic that has so many."""
    return int((murmur2(key) & 0x7FFFFFFF) % partitions)
