"""Ports of 127.0.0.1: free ones, and whether one is taken."""

import asyncio
import random
import socket
from itertools import cycle

HOST = "127.0.0.1"


QUIET = range(20_000, 32_000)
"""Below the ports that systems give to outgoing connections: one of those could take a port before we listen."""


_candidates = cycle(random.sample(QUIET, len(QUIET)))


def free_port() -> int:
    """A port that nobody listens on now, and that was not given before. In a random order, so that two systems that
    start at once do not meet."""
    return next(port for port in _candidates if not is_taken(port))


def is_taken(port: int) -> bool:
    """Whether nobody else could listen on it."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError:
            return True
    return False


def preferred_port(port: int) -> int:
    """That port, or another free one when it is taken."""
    return free_port() if is_taken(port) else port


async def listens(port: int) -> bool:
    """Whether someone accepts connections there. For clients that complain loudly when nobody does."""
    try:
        _, writer = await asyncio.open_connection(HOST, port)
    except OSError:
        return False
    writer.close()
    return True
