"""What aiokafka does not know of uvloop (its issue 1038, open): a write to a connection that was lost a moment ago
raises RuntimeError there, where asyncio's own loop drops it. aiokafka expects OSError. Its task that keeps metadata up
to date ends of anything else without a word, and whoever asks that client for metadata then, its producer first, waits
for ever."""

from functools import wraps
from typing import Any

from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.errors import KafkaConnectionError

_send = AIOKafkaConnection.send


@wraps(_send)
def _send_or_lost(connection: Any, *args: Any, **kwargs: Any) -> Any:
    try:
        return _send(connection, *args, **kwargs)
    except NotImplementedError:  # of a version that the broker does not know
        raise
    except RuntimeError as error:
        connection.close(reason=CloseReason.CONNECTION_BROKEN)
        raise KafkaConnectionError("the connection was lost a moment ago") from error


def teach() -> None:
    """From now on aiokafka takes it for a lost connection. For every process that runs on uvloop, before its first
    client."""
    AIOKafkaConnection.send = _send_or_lost
