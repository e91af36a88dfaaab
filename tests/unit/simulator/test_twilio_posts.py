import pytest
from twilio.request_validator import RequestValidator

from simulator.accounts import Account
from simulator.posts import Post
from simulator.twilio_posts import inbound, receipts
from simulator.twilio_signature import signature
from tests.unit.simulator import told
from tests.unit.simulator.told import URL, fields_of, receipt

SID = "SM00000000000000000000000000000001"
ACCOUNT = Account(provider="twilio", user="AC1", secret="token")
FORM = {"From": "+15005550006", "To": "+31612345678", "Body": "Hi", "StatusCallback": URL}


def post_of(status: str, account: Account = ACCOUNT, form: dict[str, str] = FORM, **changes: object) -> Post:
    (post,) = receipts(account, told.taken(SID, "AC1", form), receipt(status, **changes))
    return post


def is_genuine(post: Post, token: str = "token") -> bool:
    genuine: bool = RequestValidator(token).validate(post.url, fields_of(post), post.headers["X-Twilio-Signature"])
    return genuine


def test_a_status_callback_says_what_the_page_says() -> None:
    post = post_of("delivered")
    assert (post.method, post.url) == ("POST", URL)
    assert fields_of(post) == {
        "SmsSid": SID,
        "SmsStatus": "delivered",
        "MessageStatus": "delivered",
        "To": "+31612345678",
        "MessageSid": SID,
        "AccountSid": "AC1",
        "From": "+15005550006",
        "ApiVersion": "2010-04-01",
    }
    assert is_genuine(post)


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        ("accepted", "", ("queued", None)),
        ("sent", "", ("sent", None)),
        ("undelivered", "", ("undelivered", "30003")),
        ("undelivered", "30007", ("undelivered", "30007")),
        ("failed", "", ("failed", "30008")),
        ("canceled", "", ("canceled", None)),
    ],
)
def test_a_failure_comes_with_its_code(status: str, code: str, expected: tuple[str, str | None]) -> None:
    fields = fields_of(post_of(status, code=code))
    assert (fields["MessageStatus"], fields.get("ErrorCode")) == expected


def test_a_services_message_names_its_service() -> None:
    form = {**FORM, "From": "", "MessagingServiceSid": "MG1"}
    assert fields_of(post_of("sent", form=form))["MessagingServiceSid"] == "MG1"


def test_the_fragment_of_a_url_stays_at_home() -> None:
    post = post_of("sent", form={**FORM, "StatusCallback": f"{URL}#rc=3"})
    assert post.url == URL
    assert is_genuine(post)


def test_a_forged_callback_is_signed_wrong() -> None:
    assert not is_genuine(post_of("delivered", forged=True))


def test_an_unknown_message_was_never_created() -> None:
    post = post_of("delivered", unknown_message=True)
    assert fields_of(post)["MessageSid"] == "SM10000000000000000000000000000001"
    assert is_genuine(post)


def test_a_signing_key_replaces_the_token() -> None:
    post = post_of("sent", Account(provider="twilio", user="AC1", secret="token", signature_secret="key"))
    assert post.headers["X-Twilio-Webhooks-Signature-Settings"] == "key=demo,algorithm=HMAC_SHA256"
    assert post.headers["X-Twilio-Signature"] == signature("key", URL, fields_of(post).items(), "sha256")


def test_without_a_url_there_is_no_callback() -> None:
    form = {**FORM, "StatusCallback": ""}
    assert list(receipts(ACCOUNT, told.taken(SID, "AC1", form), receipt("sent"))) == []


@pytest.mark.parametrize(("kind", "expected"), [("message", None), ("opt-out", "STOP"), ("opt-in", "START")])
def test_people_write_back(kind: str, expected: str | None) -> None:
    (post,) = inbound(ACCOUNT, told.inbound("twilio", "AC1", text="Stop", kind=kind, fields={"ToCountry": "DE"}), 5)
    fields = fields_of(post)
    assert (fields["From"], fields["To"], fields["Body"]) == ("31612345678", "31200000000", "Stop")
    assert (fields.get("OptOutType"), fields["ToCountry"], fields["NumMedia"]) == (expected, "DE", "0")
    assert fields["MessageSid"] == fields["SmsSid"]
    assert is_genuine(post)


def test_an_answer_without_a_url_goes_nowhere() -> None:
    assert list(inbound(ACCOUNT, told.inbound("twilio", "AC1", url=""), 5)) == []
