import pytest
from twilio.request_validator import RequestValidator

from simulator.accounts import Account
from simulator.posts import Answer, Post
from simulator.twilio_calls import Call
from simulator.twilio_voice import receipts
from tests.unit.simulator import told
from tests.unit.simulator.told import AT, URL, fields_of, receipt

SID = "CA00000000000000000000000000000001"
ACCOUNT = Account(provider="twilio", user="AC1", secret="token")
EVERYTHING = "initiated ringing answered completed"
FORM = {
    "From": "+15005550006",
    "To": "+31612345678",
    "Url": "https://hooks.example.org/say",
    "StatusCallback": URL,
    "StatusCallbackEvent": EVERYTHING,
}


def posts(*statuses: str, form: dict[str, str] = FORM, **changes: object) -> list[Post]:
    call = Call(SID, "AC1", AT, form)
    message = told.taken(SID, "AC1", form, "voice")
    return [post for status in statuses for post in receipts(ACCOUNT, message, call, receipt(status, **changes), AT)]


def is_genuine(post: Post) -> bool:
    params = fields_of(post) if post.method == "POST" else {}
    genuine: bool = RequestValidator("token").validate(post.url, params, post.headers["X-Twilio-Signature"])
    return genuine


def test_a_call_that_goes_well_tells_every_step_in_numbers() -> None:
    made = posts("initiated", "ringing", "in-progress", "completed")
    seen = [(post.purpose, fields_of(post)["CallStatus"], fields_of(post).get("SequenceNumber")) for post in made]
    assert seen == [
        ("receipt", "initiated", "0"),
        ("receipt", "ringing", "1"),
        ("document", "in-progress", None),
        ("receipt", "in-progress", "2"),
        ("receipt", "completed", "3"),
    ]
    assert all(is_genuine(post) for post in made)
    assert made[2].url == "https://hooks.example.org/say"


def test_the_end_says_how_long_it_was() -> None:
    document, end = posts("delivered")
    fields = fields_of(end)
    assert (document.purpose, fields["CallSid"], fields["CallStatus"]) == ("document", SID, "completed")
    assert (fields["CallDuration"], fields["Duration"], fields["SipResponseCode"]) == ("12", "1", "200")
    assert (fields["CallbackSource"], fields["Direction"]) == ("call-progress-events", "outbound-api")
    assert fields["Timestamp"] == "Fri, 02 Jan 2026 13:04:05 +0000"


@pytest.mark.parametrize(
    ("status", "shown", "sip"),
    [("busy", "busy", "486"), ("undelivered", "no-answer", "487"), ("failed", "failed", "503")],
)
def test_a_call_that_nobody_takes_fetches_nothing(status: str, shown: str, sip: str) -> None:
    (end,) = posts(status)
    fields = fields_of(end)
    assert (fields["CallStatus"], fields["SipResponseCode"], fields["CallDuration"]) == (shown, sip, "0")


def test_without_a_wish_only_the_end_is_told() -> None:
    form = {name: value for name, value in FORM.items() if name != "StatusCallbackEvent"}
    made = posts("queued", "initiated", "ringing", "in-progress", "completed", form=form)
    assert [(post.purpose, fields_of(post)["CallStatus"]) for post in made] == [
        ("document", "in-progress"),
        ("receipt", "completed"),
    ]


def test_a_call_with_its_own_document_fetches_none() -> None:
    form = {**FORM, "Url": "", "Twiml": "<Response/>"}
    assert [post.purpose for post in posts("in-progress", "completed", form=form)] == ["receipt", "receipt"]


def test_methods_are_as_asked() -> None:
    document, end = posts("completed", form={**FORM, "Method": "GET", "StatusCallbackMethod": "GET"})
    assert (document.method, end.method) == ("GET", "GET")
    assert end.url.startswith(f"{URL}&CallSid={SID}&")
    assert is_genuine(document)
    assert is_genuine(end)


@pytest.mark.parametrize(
    ("answer", "remark"),
    [
        (Answer(200, b"<Response><Say>Hi</Say></Response>"), "a good document"),
        (Answer(200, b"<html/>"), "the document is broken: no XML document with a <Response>"),
        (Answer(503), "the document is broken: HTTP 503"),
    ],
)
def test_what_was_fetched_is_remarked_on(answer: Answer, remark: str) -> None:
    document = posts("in-progress")[0]
    assert document.on_answer(answer) == remark
    assert not document.is_retried


def test_a_forged_or_unknown_end_changes_nothing_of_the_call() -> None:
    call = Call(SID, "AC1", AT, FORM)
    message = told.taken(SID, "AC1", FORM, "voice")
    (forged,) = receipts(ACCOUNT, message, call, receipt("completed", forged=True), AT)
    (unknown,) = receipts(ACCOUNT, message, call, receipt("completed", unknown_message=True), AT)
    assert (call.status, call.is_connected) == ("queued", False)
    assert (is_genuine(forged), is_genuine(unknown)) == (False, True)
    assert fields_of(unknown)["CallSid"] == "CA10000000000000000000000000000001"


def test_a_call_never_goes_back() -> None:
    call = Call(SID, "AC1", AT, FORM)
    message = told.taken(SID, "AC1", FORM, "voice")
    for status in ("completed", "ringing", "busy"):
        list(receipts(ACCOUNT, message, call, receipt(status), AT))
    assert call.status == "completed"
