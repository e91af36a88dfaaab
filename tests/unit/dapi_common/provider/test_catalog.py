import pytest

from dapi_common.events.shapes import Channel, JsonObject
from dapi_common.provider import catalog
from dapi_common.provider.catalog import Problem
from dapi_common.provider.documented import DOCUMENTED

GIVEN: dict[str, dict[str, object]] = {
    "nexmo": {"API_KEY": "k", "API_SECRET": "s"},
    "twilio": {"ACCOUNT_SID": "AC1", "AUTH_TOKEN": "t"},
    "plivo": {"AUTH_ID": "MA1", "AUTH_TOKEN": "t"},
    "mailgun": {"API_KEY": "k", "DOMAIN_NAME": "mg.example.org"},
    "amazon-ses": {"ACCESS_KEY": "AKIAIOSFODNN7EXAMPLE", "SECRET_KEY": "a/b", "REGION_NAME": "us-west-2"},
    "amazon-sns": {"ACCESS_KEY": "AKIAIOSFODNN7EXAMPLE", "AUTH_TOKEN": "a/b", "REGION_NAME": "us-west-2"},
    "bluemix-push-notifications": {"APP_GUID": "1-2", "APP_SECRET": "s", "REGION_NAME": "us-south"},
}
SMS: JsonObject = {"from": "Dapi", "to": "+31612345678", "text": "hi"}


def test_the_contract_has_seven_providers() -> None:
    assert set(GIVEN) == set(DOCUMENTED)
    assert all(catalog.is_provider(name) for name in GIVEN)
    assert not catalog.is_provider("infobip")
    assert catalog.channels("infobip") == frozenset()


@pytest.mark.parametrize("name", GIVEN)
def test_credentials_as_documented_are_accepted(name: str) -> None:
    assert catalog.check_credentials(name, GIVEN[name]) is None


@pytest.mark.parametrize(("name", "key"), [(name, key) for name, keys in GIVEN.items() for key in keys])
@pytest.mark.parametrize("bad", ["", 7, None, ["x"], "a\r\nX: y", "ü"])
def test_a_key_that_is_missing_empty_or_no_plain_string_is_named(name: str, key: str, bad: object) -> None:
    without = {k: v for k, v in GIVEN[name].items() if k != key}
    missing = catalog.check_credentials(name, without)
    wrong = catalog.check_credentials(name, {**without, key: bad})
    assert missing is not None
    assert wrong is not None
    assert wrong.field == f"/{key}"
    assert missing.field in {f"/{key}", "/SECRET_KEY"}


def test_an_unknown_key_is_named() -> None:
    problem = catalog.check_credentials("nexmo", {**GIVEN["nexmo"], "a/b~c": "x"})
    assert problem == Problem("/a~1b~0c", "a/b~c is not known")


def test_amazon_takes_either_name_of_its_secret_and_not_both() -> None:
    both = {**GIVEN["amazon-ses"], "AUTH_TOKEN": "t"}
    assert catalog.check_credentials("amazon-ses", both) == Problem(
        "/AUTH_TOKEN", "either SECRET_KEY or AUTH_TOKEN, not both"
    )
    neither = {"ACCESS_KEY": "a", "REGION_NAME": "us-west-2"}
    assert catalog.check_credentials("amazon-ses", neither) == Problem("/SECRET_KEY", "SECRET_KEY is required")


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("amazon-ses", "REGION_NAME", "evil.example.org/"),
        ("amazon-sns", "REGION_NAME", "us-west-2@evil"),
        ("bluemix-push-notifications", "REGION_NAME", "evil.example.org#"),
        ("bluemix-push-notifications", "REGION_NAME", ".evil.bluemix.net"),
        ("bluemix-push-notifications", "REGION_NAME", ".ng.bluemix.net.evil.example.org"),
        ("bluemix-push-notifications", "REGION_NAME", "@evil.ng.bluemix.net"),
        ("bluemix-push-notifications", "REGION_NAME", ".ngxbluemix.net"),
        ("bluemix-push-notifications", "APP_GUID", "../../x"),
        ("mailgun", "DOMAIN_NAME", "evil/.."),
        ("twilio", "ACCOUNT_SID", "../AC1"),
        ("plivo", "AUTH_ID", "a?b"),
    ],
)
def test_no_credential_can_change_the_host_or_the_path(name: str, key: str, value: str) -> None:
    assert catalog.check_credentials(name, {**GIVEN[name], key: value}) == Problem(f"/{key}", f"{key} is malformed")


def test_what_can_be_sent_is_what_is_installed() -> None:
    assert catalog.can_send("nexmo", "sms")
    assert catalog.can_send("twilio", "sms")
    assert catalog.can_send("twilio", "voice")
    assert catalog.can_send("mailgun", "email")
    assert catalog.can_send("bluemix-push-notifications", "push")
    assert not catalog.can_send("nexmo", "voice")
    assert not catalog.can_send("infobip", "sms")
    assert catalog.channels("twilio") == {"sms", "voice"}


def test_the_recipient_has_the_provider_s_own_name() -> None:
    fields = [("nexmo", "sms", "to"), ("twilio", "sms", "To"), ("plivo", "sms", "dst"), ("plivo", "voice", "to")]
    for name, channel, field in fields:
        arguments = catalog.addressed(name, channel, {"a": 1}, "+31612345678")  # type: ignore[arg-type]  # a literal
        assert arguments == {"a": 1, field: "+31612345678"}
        assert catalog.recipients(name, channel, arguments) == ["+31612345678"]  # type: ignore[arg-type]  # the same


def test_the_recipient_s_field_may_lie_deeper_and_be_a_list() -> None:
    given: JsonObject = {"Destination": {"CcAddresses": ["c@example.org"]}, "Source": "s@example.org"}
    arguments = catalog.addressed("amazon-ses", "email", given, "a@example.org")
    assert arguments["Destination"] == {"CcAddresses": ["c@example.org"], "ToAddresses": ["a@example.org"]}
    assert given["Destination"] == {"CcAddresses": ["c@example.org"]}
    assert catalog.recipients("amazon-ses", "email", arguments) == ["a@example.org"]
    assert catalog.recipients("bluemix-push-notifications", "push", {"target": "everybody"}) == []
    assert catalog.recipients("bluemix-push-notifications", "push", {}) == []


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"to": "0612345678"}, "/to"),
        ({"to": "+31612345678\n"}, "/to"),
        ({"to": 31612345678}, "/to"),
        ({"text": ""}, "/text"),
        ({"text": "x" * 3201}, "/text"),
        ({"text": None}, "/text"),
        ({"from": ""}, "/from"),
        ({"ttl": 1}, "/ttl"),
        ({"client-ref": "x" * 41}, "/client-ref"),
        ({"type": "binary"}, "/type"),
        ({"callback": "https://example.org"}, "/callback"),
        ({"sender": "x"}, "/sender"),
    ],
)
def test_an_argument_that_the_provider_would_not_take_is_named_and_its_value_is_not(
    changed: JsonObject, field: str
) -> None:
    problem = catalog.check_arguments("nexmo", "sms", {**SMS, **changed})
    assert problem is not None
    assert problem.field == field
    for value in changed.values():
        assert not (isinstance(value, str) and len(value) > 8 and value in problem.text)


def test_numbers_may_be_given_as_strings() -> None:
    assert catalog.check_arguments("nexmo", "sms", {**SMS, "ttl": "20000", "message-class": 1}) is None


def test_the_samples_of_the_documents_pass() -> None:
    assert catalog.check_arguments("nexmo", "sms", SMS) is None
    assert catalog.check_arguments("nexmo", "sms", {"from": "Dapi", "text": "hi"}, from_contact=True) is None
    assert catalog.check_arguments("twilio", "sms", {"From": "Dapi", "Body": "hi"}, from_contact=True) is None


def test_a_recipient_beside_a_contact_is_refused() -> None:
    assert catalog.check_arguments("nexmo", "sms", SMS, from_contact=True) == Problem(
        "/to", "to is taken from the contact"
    )


@pytest.mark.parametrize(("missing", "field"), [("From", "/From"), ("Body", "/Body"), ("To", "/To")])
def test_twilio_needs_a_sender_a_recipient_and_something_to_say(missing: str, field: str) -> None:
    given: JsonObject = {"From": "Dapi", "To": "+31612345678", "Body": "hi"}
    problem = catalog.check_arguments("twilio", "sms", {k: v for k, v in given.items() if k != missing})
    assert problem is not None
    assert problem.field == field


@pytest.mark.parametrize(
    ("channel", "address"),
    [
        ("sms", "+31612345678"),
        ("voice", "+1234567"),
        ("email", "support@dapi.io"),
        ("email", "o'brien+tag@mail.example.co.uk"),
        ("push", "arn:aws:sns:us-west-2:123456789012:endpoint/GCM/x/1"),
    ],
)
def test_an_address_of_its_channel_is_accepted(channel: Channel, address: str) -> None:
    assert catalog.check_contact(channel, address) is None


@pytest.mark.parametrize(
    ("channel", "address"),
    [
        ("sms", "31612345678"),
        ("sms", "+123456"),
        ("sms", "+1234567890123456"),
        ("sms", "+3161234567８"),
        ("voice", "support@dapi.io"),
        ("email", "support"),
        ("email", "a@b@c.org"),
        ("email", "a@example.org\nBcc: b@example.org"),
        ("email", "a..b@example.org"),
        ("email", "a@-example.org"),
        ("email", "x" * 65 + "@example.org"),
        ("push", ""),
        ("push", "   "),
        ("push", "a\x00b"),
    ],
)
def test_an_address_that_its_channel_cannot_reach_is_refused_without_repeating_it(
    channel: Channel, address: str
) -> None:
    problem = catalog.check_contact(channel, address)
    assert problem is not None
    assert not address.strip() or address not in problem
