from itertools import chain

import pytest
from plivo.utils.signature_v3 import validate_v3_signature

from simulator.plivo_voice import Call, receipts
from simulator.posts import Answer, Post
from tests.unit.simulator.told import AT, URL, fields_of, receipt

FIELDS = {
    "from": "31200000000",
    "to": "31612345678",
    "answer_url": "https://hooks.example.org/say",
    "ring_url": "https://hooks.example.org/ring",
    "hangup_url": URL,
}
REQUEST, UUID = "00000001-0000-4000-9000-000000000000", "00000001-0000-4000-a000-000000000000"


def call_of(fields: dict[str, str] = FIELDS, webhook_url: str = "") -> Call:
    return Call(1, 0, "31612345678", fields, webhook_url)


def posts(call: Call, *statuses: str, **changes: object) -> list[Post]:
    return list(chain.from_iterable(receipts(call, ("t", "t"), receipt(one, **changes), AT) for one in statuses))


def is_genuine(post: Post) -> bool:
    params = fields_of(post) if post.method == "POST" else {}
    nonce, signature = post.headers["X-Plivo-Signature-V3-Nonce"], post.headers["X-Plivo-Signature-V3"]
    return bool(validate_v3_signature(post.method, post.url, nonce, "t", signature, params))


def test_a_call_that_goes_well_rings_is_answered_and_ends() -> None:
    made = posts(call_of(), "ringing", "in-progress", "completed")
    assert [(post.purpose, post.url, fields_of(post)["Event"]) for post in made] == [
        ("receipt", "https://hooks.example.org/ring", "Ring"),
        ("document", "https://hooks.example.org/say", "StartApp"),
        ("receipt", URL, "Hangup"),
    ]
    assert [fields_of(post)["CallStatus"] for post in made] == ["ringing", "in-progress", "completed"]
    assert all(is_genuine(post) for post in made)


def test_the_hangup_names_the_request_and_its_cause() -> None:
    fields = fields_of(posts(call_of(), "delivered")[-1])
    assert (fields["CallUUID"], fields["ALegUUID"]) == (UUID, UUID)
    assert (fields["RequestUUID"], fields["ALegRequestUUID"]) == (REQUEST, REQUEST)
    assert (fields["HangupCauseCode"], fields["HangupCauseName"]) == ("4000", "Normal Hangup")
    assert (fields["Duration"], fields["BillDuration"], fields["Direction"]) == ("12", "60", "outbound")
    assert fields["EndTime"] == "2026-01-02 13:04:05.250000"


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        ("busy", "", ("busy", "3010")),
        ("undelivered", "", ("no-answer", "3000")),
        ("timeout", "", ("timeout", "3100")),
        ("cancel", "", ("cancel", "1000")),
        ("failed", "", ("failed", "5010")),
        ("failed", "3050", ("failed", "3050")),
    ],
)
def test_a_call_that_nobody_takes_fetches_nothing(status: str, code: str, expected: tuple[str, str]) -> None:
    (hangup,) = posts(call_of(), status, code=code)
    fields = fields_of(hangup)
    assert (fields["CallStatus"], fields["HangupCauseCode"], fields["Duration"]) == (*expected, "0")


@pytest.mark.parametrize(
    ("answer", "code"), [(Answer(200, b"<Response/>"), "4000"), (Answer(200, b"Hi"), "8011"), (Answer(0), "7011")]
)
def test_a_broken_document_is_the_cause_of_the_hangup(answer: Answer, code: str) -> None:
    made = receipts(call_of(), ("t", "t"), receipt("completed"), AT)
    document = next(made)
    document.on_answer(answer)
    assert fields_of(next(made))["HangupCauseCode"] == code


def test_the_accounts_url_serves_calls_without_their_own() -> None:
    fields = {name: value for name, value in FIELDS.items() if name in ("from", "to", "answer_url")}
    assert [post.purpose for post in posts(call_of(fields), "ringing", "completed")] == ["document"]
    made = posts(call_of(fields, "https://hooks.example.org/all"), "ringing", "completed")
    assert [post.url for post in made if post.purpose == "receipt"] == ["https://hooks.example.org/all"] * 2


def test_methods_are_as_asked() -> None:
    document, hangup = posts(call_of({**FIELDS, "answer_method": "GET", "hangup_method": "GET"}), "completed")
    assert (document.method, hangup.method) == ("GET", "GET")
    assert is_genuine(document)
    assert is_genuine(hangup)


def test_a_forged_or_unknown_hangup_changes_nothing_of_the_call() -> None:
    call = call_of()
    (forged,) = posts(call, "completed", forged=True)
    (unknown,) = posts(call, "completed", unknown_message=True)
    assert (is_genuine(forged), is_genuine(unknown), call.is_connected) == (False, True, False)
    told = fields_of(unknown)
    assert not {told["CallUUID"], told["RequestUUID"], told["ALegUUID"], told["ALegRequestUUID"]} & {UUID, REQUEST}
