"""The demo's contacts, and how it judges what came of them."""

from pathlib import Path

from local_stack.client import JSON
from local_stack.contacts import CHUNK, Contact, chunks, read_contacts
from local_stack.demo import report

CONTACTS = [
    Contact(type="sms", provider="nexmo", order="1", contact="+447700900001"),
    Contact(type="sms", provider="twilio", order="2", contact="+12025550101"),
]
DONE = {"total": "2", "pending": "0", "completed": "2", "failed": "0", "stopped": "0"}


def entry(at: float, to: str, outcome: str = "accepted") -> JSON:
    return {"seq": 1, "at": at, "provider": "nexmo", "to": to, "outcome": outcome, "status": 200}


def test_an_invoke_that_went_well_has_no_problems() -> None:
    found = report(DONE, [entry(1.0, "447700900001"), entry(1.5, "+12025550101")], CONTACTS)
    assert (found.accepted, found.peak, found.rate, found.violations) == (2, 2, 2.0, 0)
    assert found.problems() == []


def test_every_promise_that_was_not_kept_is_a_problem() -> None:
    entries = [entry(1.0, "+12025550101"), entry(1.1, "447700900001", "refused")]
    entries += [entry(1.2, "447700900001", "refused") for _ in range(202)]
    found = report({**DONE, "completed": "1", "failed": "1"}, entries, CONTACTS)
    assert found.problems() == [
        "1 of 2 messages completed",
        "the providers took 1 messages of 2",
        "order violated 1 times",
        "204 messages in one second, above 200",
    ]


def test_what_others_sent_meanwhile_does_not_count() -> None:
    found = report(DONE, [entry(1.0, "447700900001"), entry(1.0, "447700900999")], CONTACTS)
    assert found.submissions == 1


def test_the_example_has_a_thousand_fictional_numbers_over_both_providers() -> None:
    contacts = read_contacts(Path(__file__).parents[3] / "examples" / "contacts.csv")
    numbers = {contact["contact"] for contact in contacts}
    assert len(contacts) == len(numbers) == 1000
    assert all(number.startswith(("+447700900", "+120255501")) for number in numbers)
    assert {contact["provider"] for contact in contacts} == {"nexmo", "twilio"}
    assert {int(contact["order"]) for contact in contacts} == set(range(1, 11))


def test_a_long_list_goes_in_chunks_that_a_request_may_carry() -> None:
    assert [len(chunk) for chunk in chunks(CONTACTS * CHUNK)] == [CHUNK, CHUNK]
