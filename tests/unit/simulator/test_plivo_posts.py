import pytest
from plivo.utils import validate_signature
from plivo.utils.signature_v3 import validate_v3_signature

from simulator.accounts import Account, Accounts
from simulator.plivo_messages import Message
from simulator.plivo_posts import inbound, receipt, tokens_of
from simulator.posts import Post
from tests.unit.simulator import told
from tests.unit.simulator.told import AT, URL, fields_of
from tests.unit.simulator.told import receipt as planned

UUID = "00000001-0000-4000-8000-000000000000"
MAIN = Account(provider="plivo", user="MA1", secret="main-token")
SUB = Account(provider="plivo", user="SA1", secret="sub-token", extra={"main": "MA1"})
FORM = {"src": "31200000000", "dst": "31612345678", "text": "Hi", "url": URL}


def post_of(status: str, account: Account = MAIN, form: dict[str, str] = FORM, **changes: object) -> Post:
    message = Message(UUID, account.user, "31612345678", "31200000000", 1, "sms", AT)
    tokens = tokens_of(account, Accounts((MAIN, SUB)))
    taken = told.taken(UUID, account.user, form)
    return receipt(account, tokens, taken, message, planned(status, **changes), AT)


def is_genuine(post: Post, token: str = "main-token", ma: str = "") -> bool:
    nonce = post.headers["X-Plivo-Signature-V2-Nonce"]
    genuine: bool = validate_signature(post.url, nonce, post.headers[f"X-Plivo-Signature-{ma}V2"], token)
    return genuine


def is_genuine_v3(post: Post, token: str = "main-token") -> bool:
    params = fields_of(post) if post.method == "POST" else {}
    nonce, signature = post.headers["X-Plivo-Signature-V3-Nonce"], post.headers["X-Plivo-Signature-V3"]
    return bool(validate_v3_signature(post.method, post.url, nonce, token, signature, params))


def test_a_status_callback_says_what_the_page_says() -> None:
    post = post_of("delivered")
    assert (post.method, post.url) == ("POST", URL)
    assert fields_of(post) == {
        "MessageUUID": UUID,
        "ParentMessageUUID": UUID,
        "PartInfo": "1 of 1",
        "From": "31200000000",
        "To": "31612345678",
        "Type": "sms",
        "Status": "delivered",
        "Units": "1",
        "TotalRate": "0.00500",
        "TotalAmount": "0.00500",
        "MCC": "204",
        "MNC": "08",
        "Sequence": "3",
        "MessageTime": "2026-01-02 13:04:05.250000",
        "QueuedTime": "2026-01-02 13:04:05.250000",
        "SentTime": "2026-01-02 13:04:05.250000",
        "DeliveryReportTime": "2026-01-02 13:04:05.250000",
        "requester_ip": "127.0.0.1",
    }
    assert is_genuine(post)
    assert "X-Plivo-Signature-V3" not in post.headers


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        ("accepted", "", ("queued", "1", None)),
        ("sent", "", ("sent", "2", None)),
        ("undelivered", "", ("undelivered", "3", "80")),
        ("undelivered", "200", ("undelivered", "3", "200")),
        ("failed", "900", ("failed", "3", "900")),
        ("rejected", "", ("rejected", "3", "30")),
        ("read", "", ("read", "4", None)),
    ],
)
def test_a_sequence_orders_them_and_a_failure_has_its_code(
    status: str, code: str, expected: tuple[str, str, str | None]
) -> None:
    fields = fields_of(post_of(status, code=code))
    assert (fields["Status"], fields["Sequence"], fields.get("ErrorCode")) == expected


def test_a_subaccount_signs_with_both_tokens() -> None:
    post = post_of("sent", SUB)
    assert is_genuine(post, "sub-token")
    assert is_genuine(post, "main-token", "Ma-") is not is_genuine(post, "main-token")


@pytest.mark.parametrize(("asked", "versions"), [("v3", {"V3"}), ("both", {"V2", "V3"})])
def test_v3_comes_when_asked(asked: str, versions: set[str]) -> None:
    post = post_of("sent", MAIN.model_copy(update={"extra": {"signature": asked}}))
    assert {version for version in ("V2", "V3") if f"X-Plivo-Signature-Ma-{version}" in post.headers} == versions
    assert is_genuine_v3(post)


def test_a_get_carries_everything_in_its_query() -> None:
    post = post_of("sent", MAIN.model_copy(update={"extra": {"signature": "both"}}), {**FORM, "method": "GET"})
    assert post.method == "GET"
    assert post.url.startswith(f"{URL}&MessageUUID={UUID}&")
    assert is_genuine(post)
    assert is_genuine_v3(post)


def test_a_forged_callback_is_signed_wrong() -> None:
    assert not is_genuine(post_of("delivered", forged=True))


def test_an_unknown_message_was_never_taken() -> None:
    post = post_of("delivered", unknown_message=True)
    assert fields_of(post)["MessageUUID"] == "ffffffff-0000-4000-8000-000000000000"
    assert is_genuine(post)


@pytest.mark.parametrize(
    ("kind", "intent"), [("message", ""), ("opt-out", "optout"), ("opt-in", "optin"), ("help", "help")]
)
def test_people_write_back(kind: str, intent: str) -> None:
    plan = told.inbound("plivo", "MA1", text="stop", kind=kind, **{"from": "+31612345678"})
    (post,) = inbound(MAIN, ("main-token", "main-token"), plan, 5, AT)
    fields = fields_of(post)
    assert (fields["From"], fields["To"], fields["Text"]) == ("31612345678", "31200000000", "stop")
    assert (fields["MessageIntent"], post.purpose) == (intent, "inbound")
    assert is_genuine(post)


def test_an_answer_without_a_url_goes_nowhere() -> None:
    assert list(inbound(MAIN, ("t", "t"), told.inbound("plivo", "MA1", url=""), 5, AT)) == []
