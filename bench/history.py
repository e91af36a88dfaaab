"""Messages of long ago, written into the log of record as the planner would have: the read models fold them."""

import time

from aiokafka import AIOKafkaProducer

from bench.watch import visible
from bench.world import Account, World
from dapi_common import topics
from dapi_common.bus.encode import Encoder
from dapi_common.bus.kafka_clients import PRODUCER
from dapi_common.bus.port import Output
from dapi_common.events.invokes import MessageAccepted
from dapi_common.ids import AccountId, MessageId

_NUMBER = 987_654_321_012
_MARK = b"%d" % _NUMBER


async def write_history(world: World, account: Account, messages: int) -> float:
    """Numbers 1 to `messages`, of an account that has none and is to send none. How many a second were folded.

    A million are made from one: its bytes with the numbers put in, for a model for each takes a minute."""
    encoded = Encoder("bench").output(Output(topics.EVENTS, _accepted(account.credentials.user_id)), time.time())
    assert encoded.value is not None
    headers = [header for header in encoded.headers if header[0] != "ce_id"]
    producer = AIOKafkaProducer(bootstrap_servers=world.system.backends.kafka, linger_ms=5, **PRODUCER)
    await producer.start()
    started = time.monotonic()
    try:
        for n in range(1, messages + 1):
            value = encoded.value.replace(_MARK, b"%d" % n)
            own = [("ce_id", b"bench-%d" % n), *headers]
            await producer.send(encoded.topic, value, encoded.key, headers=own)
        await producer.flush()
    finally:
        await producer.stop()
    return messages / (await visible(world) - started)


def _accepted(account: str) -> MessageAccepted:
    return MessageAccepted(
        account=AccountId(account),
        message_id=MessageId(str(_NUMBER)),
        n=_NUMBER,
        provider="nexmo",
        channel="sms",
        arguments={"from": "Dapi", "to": f"+4478{_NUMBER}", "text": "Hi"},
        deadline=time.time(),
        at=time.time(),
    )
