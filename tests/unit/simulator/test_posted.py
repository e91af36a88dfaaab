import orjson
import pytest

from simulator import posted
from simulator.posted import Origin, PostLog
from simulator.posts import Answer, Post

POST = Post("https://x.example.org/cb", b"a=1", {"Content-Type": "text/plain"})


def add(log: PostLog, status: int = 200, attempt: int = 1) -> None:
    log.add(12.5, Origin("nexmo", "0A1", "delivered"), POST, attempt, Answer(status, b"ok"), "fine")


def test_a_try_is_shown_with_all_its_fields() -> None:
    log = PostLog()
    add(log)
    assert orjson.loads(log.page(0, 10, 3)) == {
        "posts": [
            {
                "n": 1,
                "at": 12.5,
                "provider": "nexmo",
                "purpose": "receipt",
                "message": "0A1",
                "status": "delivered",
                "method": "POST",
                "url": "https://x.example.org/cb",
                "headers": {"Content-Type": "text/plain"},
                "body": "a=1",
                "attempt": 1,
                "answered": 200,
                "answer": "ok",
                "remark": "fine",
            }
        ],
        "next": 1,
        "total": 1,
        "waiting": 3,
        "figures": {"taken": 1},
    }


def test_only_the_last_tries_are_kept_but_all_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posted, "KEPT", 3)
    log = PostLog()
    for status in (200, 500, 0, 204, 302):
        add(log, status)
    page = orjson.loads(log.page(0, 2, 0))
    assert ([each["n"] for each in page["posts"]], page["next"], page["total"]) == ([3, 4], 4, 5)
    assert [each["n"] for each in orjson.loads(log.page(4, 2, 0))["posts"]] == [5]
    assert page["figures"] == {"taken": 2, "refused": 2, "unanswered": 1}
    assert [each["n"] for each in log.latest(2)] == [5, 4]


def test_numbers_go_on_after_clearing() -> None:
    log = PostLog()
    add(log)
    log.clear()
    assert orjson.loads(log.page(0, 10, 0))["posts"] == []
    add(log)
    page = orjson.loads(log.page(0, 10, 0))
    assert ([each["n"] for each in page["posts"]], page["next"], page["figures"]) == ([2], 2, {"taken": 1})
