"""What was posted and what was answered: the log that tests and people read."""

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import orjson

from simulator.posts import Answer, Post

KEPT = 10_000
SHOWN_OF_BODY = 4096
SHOWN_OF_ANSWER = 512


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose post it is: the provider, and the message (an inbound one has none)."""

    provider: str
    message: str = ""
    status: str = ""


class PostLog:
    """The last KEPT tries, as JSON lines numbered from 1; figures of all of them."""

    def __init__(self) -> None:
        self._count = 0
        self.clear()

    def clear(self) -> None:
        self._lines: deque[bytes] = deque(maxlen=KEPT)
        self.figures: Counter[str] = Counter()

    def add(self, at: float, origin: Origin, post: Post, attempt: int, answer: Answer, remark: str) -> None:
        """One try. A remark is for people."""
        self.figures[_figure(answer.status)] += 1
        self._write(at, origin, post, attempt, answer, remark)

    def nowhere(self, at: float, origin: Origin) -> None:
        """A receipt that was due and had no URL to go to."""
        self.figures["nowhere"] += 1
        self._write(at, origin, Post(""), 0, Answer(0), "nothing to post: no URL, or not asked for")

    def _write(self, at: float, origin: Origin, post: Post, attempt: int, answer: Answer, remark: str) -> None:
        self._count += 1
        line = {
            "n": self._count,
            "at": at,
            "provider": origin.provider,
            "purpose": post.purpose,
            "message": origin.message,
            "status": origin.status,
            "method": post.method,
            "url": post.url,
            "headers": dict(post.headers),
            "body": post.body[:SHOWN_OF_BODY].decode("utf-8", "replace"),
            "attempt": attempt,
            "answered": answer.status,
            "answer": answer.body[:SHOWN_OF_ANSWER].decode("utf-8", "replace"),
            "remark": remark,
        }
        self._lines.append(bytes(memoryview(orjson.dumps(line))))

    def page(self, after: int, limit: int, waiting: int) -> bytes:
        """The tries past `after`, oldest first; `waiting` is how many messages have more to come."""
        skipped = max(after - (self._count - len(self._lines)), 0)
        lines = list(islice(self._lines, skipped, skipped + limit))
        last = self._count - len(self._lines) + skipped + len(lines)
        head = b'{"posts":[' + b",".join(lines)
        tail = b'],"next":%d,"total":%d,"waiting":%d,"figures":%b}'
        return head + tail % (last, self._count, waiting, orjson.dumps(self.figures))

    def latest(self, count: int) -> Sequence[dict[str, object]]:
        """The newest tries, newest first."""
        return [orjson.loads(line) for line in islice(reversed(self._lines), count)]


def _figure(status: int) -> str:
    return "unanswered" if status == 0 else "taken" if 200 <= status < 300 else "refused"
