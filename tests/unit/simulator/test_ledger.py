from contextlib import closing
from pathlib import Path

import orjson

from simulator.ledger import Entry, Ledger, Outcome


def add(
    ledger: Ledger, to: str = "31600000001", at: float = 0.0, outcome: Outcome = "accepted", provider: str = "nexmo"
) -> Entry:
    seq = ledger.next_seq
    taken = f"id-{seq}" if outcome == "accepted" else ""
    entry = Entry(seq, at, provider, to, "Dapi", outcome, 200, taken, "m-1")
    ledger.append(entry)
    return entry


def test_an_entry_is_shown_with_all_its_fields() -> None:
    ledger = Ledger()
    add(ledger, at=12.5)
    assert orjson.loads(ledger.page(0, 10)) == {
        "entries": [
            {
                "seq": 1,
                "at": 12.5,
                "provider": "nexmo",
                "to": "31600000001",
                "from": "Dapi",
                "outcome": "accepted",
                "status": 200,
                "id": "id-1",
                "client_ref": "m-1",
                "channel": "sms",
            }
        ],
        "next": 1,
        "total": 1,
    }


def test_pages_follow_each_other_without_gaps() -> None:
    ledger = Ledger()
    for _ in range(5):
        add(ledger)
    seen, after = [], 0
    while page := orjson.loads(ledger.page(after, 2)):
        if not page["entries"]:
            break
        seen += [entry["seq"] for entry in page["entries"]]
        after = page["next"]
    assert seen == [1, 2, 3, 4, 5]
    assert after == 5


def test_sequence_numbers_go_on_after_clearing() -> None:
    ledger = Ledger()
    add(ledger)
    add(ledger)
    ledger.clear()
    assert orjson.loads(ledger.page(2, 10)) == {"entries": [], "next": 2, "total": 0}
    assert add(ledger).seq == 3
    for after in (0, 2):
        page = orjson.loads(ledger.page(after, 10))
        assert ([entry["seq"] for entry in page["entries"]], page["next"]) == ([3], 3)


def test_a_number_taken_twice_is_a_duplicate_whatever_its_plus() -> None:
    ledger = Ledger()
    add(ledger, "31600000001")
    add(ledger, "+31600000001", provider="twilio")
    add(ledger, "31600000002")
    summary = ledger.summary()
    assert summary["duplicates"] == 1
    assert summary["duplicated"] == {"31600000001": 2}
    assert summary["taken"] == 3


def test_a_text_and_a_call_to_one_number_are_no_duplicates() -> None:
    ledger = Ledger()
    for seq, channel in enumerate(("sms", "voice", "voice"), start=1):
        ledger.append(Entry(seq, 0.0, "twilio", "+316", "+1500", "accepted", 201, f"id-{seq}", "", channel))
    assert (ledger.summary()["taken"], ledger.summary()["duplicated"]) == (3, {"voice:316": 2})


def test_a_number_refused_before_is_no_duplicate() -> None:
    ledger = Ledger()
    add(ledger, outcome="throttled")
    add(ledger)
    assert ledger.summary()["duplicates"] == 0


def test_outcomes_are_counted_by_provider() -> None:
    ledger = Ledger()
    add(ledger)
    add(ledger, outcome="refused")
    add(ledger, "31600000002", provider="twilio")
    summary = ledger.summary()
    assert summary["by_outcome"] == {"accepted": 2, "refused": 1}
    assert summary["by_provider"] == {"nexmo": {"accepted": 1, "refused": 1}, "twilio": {"accepted": 1}}
    assert summary["total"] == 3


def test_the_fullest_second_is_found_wherever_it_begins() -> None:
    ledger = Ledger()
    for at in (0.0, 0.9, 1.0, 1.5, 1.8, 2.1):
        add(ledger, at=at, provider="nexmo" if at < 1.4 else "twilio")
    summary = ledger.summary()
    assert summary["max_in_one_second"] == 4
    assert summary["max_in_one_second_by_provider"] == {"nexmo": 2, "twilio": 3}


def test_a_whole_second_apart_is_not_the_same_second() -> None:
    ledger = Ledger()
    add(ledger, at=10.0)
    add(ledger, at=11.0)
    assert ledger.summary()["max_in_one_second"] == 1


def test_the_latest_entries_come_first() -> None:
    ledger = Ledger()
    for _ in range(3):
        add(ledger)
    assert [entry["seq"] for entry in ledger.latest(2)] == [3, 2]


def test_a_ledger_with_a_file_outlives_its_process(tmp_path: Path) -> None:
    with closing(Ledger(tmp_path / "ledger")) as first:
        for number in ("31600000001", "31600000002"):
            add(first, to=number)
    with closing(Ledger(tmp_path / "ledger")) as second:
        assert second.page(0, 10) == first.page(0, 10)
        add(second, to="31600000001")
    with closing(Ledger(tmp_path / "ledger")) as third:
        assert third.next_seq == 4
        assert third.summary()["duplicated"] == {"31600000001": 2}


def test_half_a_line_was_answered_to_nobody(tmp_path: Path) -> None:
    file = tmp_path / "ledger"
    with closing(Ledger(file)) as ledger:
        add(ledger)
    whole = file.read_bytes()
    file.write_bytes(whole + whole[: len(whole) // 2])
    with closing(Ledger(file)) as again:
        assert again.next_seq == 2
        add(again)
    with closing(Ledger(file)) as last:
        assert last.next_seq == 3
