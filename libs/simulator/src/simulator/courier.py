"""Makes the requests that vendors make on their own, when they are due, and writes down what was answered."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from typing import Protocol

from simulator.accounts import Account
from simulator.posted import Origin, PostLog
from simulator.posts import Answer, Post
from simulator.provider import Provider, Taken
from simulator.receipts import InboundPlan, ReceiptPlan

AT_ONCE = 64
"""Requests on their way at any moment."""
MOST_WAITING = 200_000
"""Messages with receipts still to come; those of any more are lost, and counted as `dropped`."""


class Client(Protocol):
    async def __call__(self, post: Post, timeout: float) -> Answer:
        """One try, never longer than `timeout` seconds; status 0 when there was no answer. Raises nothing."""
        ...


class Courier:
    """A message's receipts go one after the other, different messages' and second tries beside each other."""

    def __init__(
        self,
        client: Client,
        clock: Callable[[], float],
        retry_speed: Callable[[], float] = lambda: 1.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.log = PostLog()
        self._client = client
        self._clock = clock
        self._retry_speed = retry_speed
        self._sleep = sleep
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._inbound = 0

    @property
    def waiting(self) -> int:
        """Messages with receipts to come, and posts to be tried again."""
        return len(self._tasks)

    def take(self, provider: Provider, taken: Taken, plans: Sequence[ReceiptPlan]) -> None:
        """Sees to a message's receipts from now on."""
        if len(self._tasks) >= MOST_WAITING:
            self.log.figures["dropped"] += 1
        else:
            self._begin(self._report(provider, taken, plans))

    async def _report(self, provider: Provider, taken: Taken, plans: Sequence[ReceiptPlan]) -> None:
        for number, plan in sorted(enumerate(plans), key=lambda each: each[1].delay_ms):
            wait = taken.at + plan.delay_ms / 1000 - self._clock()
            if wait > 0:
                await self._sleep(wait)
            origin = Origin(provider.name, taken.id, plan.status)
            posts = provider.receipts(taken, plan, number, self._clock())
            if not await self._make(provider, origin, posts, plan.repeat):
                self.log.nowhere(self._clock(), origin)

    async def hand_over(self, provider: Provider, account: Account, plan: InboundPlan) -> Sequence[int]:
        """Makes an inbound message's requests now. What each was answered, 0 for nothing; [] without a URL."""
        self._inbound += 1
        posts = provider.inbound(account, plan, self._inbound, self._clock())
        return await self._make(provider, Origin(provider.name, status=plan.kind), posts, plan.repeat)

    async def _make(self, provider: Provider, origin: Origin, posts: Iterable[Post], repeat: int) -> Sequence[int]:
        """What each post was answered. A document is fetched once, however often the rest is repeated."""
        made: list[Post] = []
        answered: list[int] = []
        for post in posts:
            answered.append(await self._first(provider, origin, post))
            made.append(post)
        again = [post for post in made if post.purpose != "document"] * (repeat - 1)
        return answered + [await self._first(provider, origin, post) for post in again]

    async def _first(self, provider: Provider, origin: Origin, post: Post) -> int:
        status = await self._try(provider, origin, post, 1)
        if post.is_retried and provider.redelivery.fails(status) and provider.redelivery.waits:
            self._begin(self._again(provider, origin, post))
        return status

    async def _again(self, provider: Provider, origin: Origin, post: Post) -> None:
        for attempt, wait in enumerate(provider.redelivery.waits, start=2):
            await self._sleep(wait / self._retry_speed())
            if not provider.redelivery.fails(await self._try(provider, origin, post, attempt)):
                return
        self.log.figures["given up"] += 1

    async def _try(self, provider: Provider, origin: Origin, post: Post, attempt: int) -> int:
        async with self._turn:
            at = self._clock()
            answer = await self._client(post, provider.redelivery.timeout)
        self.log.add(at, origin, post, attempt, answer, post.on_answer(answer))
        return answer.status

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def forget(self) -> None:
        """Receipts that have not gone out never will."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
