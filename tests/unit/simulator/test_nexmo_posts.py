import pytest

from simulator.accounts import Account
from simulator.nexmo_posts import inbound, receipts
from simulator.nexmo_signature import Method, signature
from simulator.posts import Post
from tests.unit.simulator import told
from tests.unit.simulator.told import AT, URL, fields_of, receipt

FORM = {"from": "Dapi", "to": "31612345678", "text": "Hi", "client-ref": "m-1", "callback": URL}
PLAIN = Account(provider="nexmo", user="abcd1234", secret="s")


def posts(status: str, account: Account = PLAIN, form: dict[str, str] = FORM, **changes: object) -> list[Post]:
    message = told.taken("0A00000000000101", account.user, form)
    return list(receipts(account, message, receipt(status, **changes), AT))


def signing(**changes: str) -> Account:
    return Account.model_validate({**PLAIN.model_dump(), "signature_secret": "SIG", **changes})


def test_a_receipt_says_what_the_page_says() -> None:
    (post,) = posts("delivered")
    assert (post.method, post.url) == ("POST", URL)
    assert fields_of(post) == {
        "msisdn": "31612345678",
        "to": "Dapi",
        "network-code": "20408",
        "messageId": "0A00000000000101",
        "price": "0.05000000",
        "status": "delivered",
        "scts": "2601021304",
        "err-code": "0",
        "api-key": "abcd1234",
        "client-ref": "m-1",
        "message-timestamp": "2026-01-02 13:04:05",
    }


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        ("accepted", "", ("accepted", "0")),
        ("sent", "", ("buffered", "0")),
        ("undelivered", "", ("failed", "1")),
        ("undelivered", "6", ("failed", "6")),
        ("expired", "", ("expired", "1")),
        ("rejected", "14", ("rejected", "14")),
        ("unknown", "", ("unknown", "1")),
    ],
)
def test_meanings_and_own_words_both_do(status: str, code: str, expected: tuple[str, str]) -> None:
    (post,) = posts(status, code=code)
    assert (fields_of(post)["status"], fields_of(post)["err-code"]) == expected


def test_every_part_has_its_receipt() -> None:
    long = {**FORM, "text": "a" * 307}
    ids = [fields_of(post)["messageId"] for post in posts("delivered", form=long)]
    assert ids == ["0A00000000000101", "0A00000000000102", "0A00000000000103"]
    (second,) = posts("delivered", form=long, part=2)
    assert fields_of(second)["messageId"] == "0A00000000000102"
    assert posts("delivered", form=long, part=4) == []


@pytest.mark.parametrize("form", [{**FORM, "callback": ""}, {**FORM, "status-report-req": "false"}])
def test_without_a_url_or_a_wish_there_is_no_receipt(form: dict[str, str]) -> None:
    assert posts("delivered", form=form) == []


def test_the_accounts_url_serves_messages_without_one() -> None:
    account = Account.model_validate({**PLAIN.model_dump(), "webhook_url": "https://hooks.example.org/all"})
    (post,) = posts("delivered", account, {**FORM, "callback": ""})
    assert post.url == "https://hooks.example.org/all"


@pytest.mark.parametrize("kind", ["query", "form", "json"])
@pytest.mark.parametrize("method", ["md5hash", "md5", "sha1", "sha256", "sha512"])
def test_every_method_signs_whatever_carries_it(method: Method, kind: str) -> None:
    account = signing(signature_method=method, webhook_format=kind)
    (post,) = posts("delivered", account, {**FORM, "callback": "https://hooks.example.org/cb/1"})
    fields = fields_of(post)
    assert post.method == ("GET" if kind == "query" else "POST")
    assert fields["timestamp"] == "1767359045"
    assert fields["sig"].lower() == signature(fields, "SIG", method)
    assert fields["sig"].isupper() == (method != "md5hash")


def test_a_query_is_added_to_the_urls_own() -> None:
    (post,) = posts("delivered", signing(webhook_format="query"))
    assert post.url.startswith(f"{URL}&msisdn=31612345678&")


@pytest.mark.parametrize("account", [PLAIN, signing()])
def test_a_forged_receipt_is_signed_wrong(account: Account) -> None:
    (post,) = posts("delivered", account, forged=True)
    fields = fields_of(post)
    assert fields["sig"] != signature(fields, account.signature_secret, "md5hash")


def test_an_unknown_message_was_never_sent() -> None:
    (post,) = posts("delivered", signing(), unknown_message=True)
    fields = fields_of(post)
    assert fields["messageId"] == "0F00000000000101"
    assert fields["sig"] == signature(fields, "SIG", "md5hash")


def test_a_plans_fields_are_signed_too() -> None:
    (post,) = posts("delivered", signing(), fields={"network-code": "26201"})
    fields = fields_of(post)
    assert (fields["network-code"], fields["sig"]) == ("26201", signature(fields, "SIG", "md5hash"))


def test_a_short_answer_comes_in_one_piece() -> None:
    (post,) = inbound(PLAIN, told.inbound("nexmo", "abcd1234", text="stop please"), 7, AT)
    assert (post.url, post.purpose) == (URL, "inbound")
    assert fields_of(post) == {
        "msisdn": "31612345678",
        "to": "31200000000",
        "messageId": "0B00000000000701",
        "text": "stop please",
        "type": "text",
        "keyword": "STOP",
        "api-key": "abcd1234",
        "message-timestamp": "2026-01-02 13:04:05",
    }


def test_a_long_answer_comes_in_numbered_pieces() -> None:
    text = "я" * 70 + "!" * 70
    pieces = [fields_of(post) for post in inbound(signing(), told.inbound("nexmo", "abcd1234", text=text), 7, AT)]
    assert "".join(piece["text"] for piece in pieces) == text
    assert [(p["concat-part"], p["concat-total"], p["concat-ref"]) for p in pieces] == [
        ("1", "3", "7"),
        ("2", "3", "7"),
        ("3", "3", "7"),
    ]
    assert {(piece["type"], piece["concat"]) for piece in pieces} == {("unicode", "true")}
    assert len({piece["messageId"] for piece in pieces}) == 3
    assert all(piece["sig"] == signature(piece, "SIG", "md5hash") for piece in pieces)


def test_an_answer_without_a_url_goes_nowhere() -> None:
    assert list(inbound(PLAIN, told.inbound("nexmo", "abcd1234", url=""), 7, AT)) == []
