import base64

import orjson
import pytest
from pydantic import ValidationError

from simulator.ses_requests import Email

SIMPLE = {"Subject": {"Data": "Hi", "Charset": "UTF-8"}, "Body": {"Text": {"Data": "t"}}}
MAIL = {
    "FromEmailAddress": "a@x.org",
    "Destination": {"ToAddresses": ["B <b@y.org>"], "CcAddresses": ["c@y.org"], "BccAddresses": []},
    "Content": {"Simple": SIMPLE},
    "EmailTags": [{"Name": "dapi_id", "Value": "m-1"}],
}
MIME = base64.b64encode(b"From: A <a@x.org>\r\nSubject: Hi\r\n\r\nt").decode()


def read(**changes: object) -> Email:
    return Email.model_validate_json(orjson.dumps(MAIL | changes))


def test_recipients_are_bare_and_of_all_three_kinds() -> None:
    assert read().Destination.everybody == ("b@y.org", "c@y.org")


@pytest.mark.parametrize(
    "changes",
    [
        {"Content": {"Raw": {"Data": MIME}}},
        {"Content": {"Template": {"TemplateName": "T", "TemplateData": "{}"}}},
        {"Destination": {"BccAddresses": ["b@y.org"]}},
        {"Destination": {"ToAddresses": [f"b{n}@y.org" for n in range(50)]}},
        {"ReplyToAddresses": ["r@x.org"], "ConfigurationSetName": "dapi"},
        {"SomethingNew": 1},
    ],
)
def test_a_mail_may_take_many_shapes(changes: dict[str, object]) -> None:
    assert read(**changes).FromEmailAddress == "a@x.org"


def test_a_raw_mail_may_name_its_sender_itself() -> None:
    assert read(FromEmailAddress=None, Content={"Raw": {"Data": MIME}}).sender == "A <a@x.org>"


@pytest.mark.parametrize(
    "changes",
    [
        {"FromEmailAddress": None, "Content": {"Raw": {"Data": base64.b64encode(b"Subject: Hi\n\nt").decode()}}},
        {"FromEmailAddress": "nobody"},
        {"FromEmailAddress": None},
        {"Destination": {}},
        {"Destination": {"ToAddresses": ["b@y.org", "nobody"]}},
        {"Destination": {"ToAddresses": [f"b{n}@y.org" for n in range(26)], "CcAddresses": ["c@y.org"] * 25}},
        {"Content": {}},
        {"Content": {"Simple": SIMPLE, "Raw": {"Data": MIME}}},
        {"Content": {"Simple": SIMPLE | {"Body": {}}}},
        {"Content": {"Simple": SIMPLE | {"Headers": [{"Name": "X", "Value": "1"}] * 16}}},
        {"Content": {"Raw": {"Data": "***"}}},
        {"Content": {"Raw": {"Data": base64.b64encode(b"no header").decode()}}},
        {"EmailTags": [{"Name": "dapi id", "Value": "m-1"}]},
        {"EmailTags": [{"Name": "dapi_id", "Value": "é"}]},
        {"EmailTags": [{"Name": "dapi_id", "Value": "v" * 257}]},
        {"ReplyToAddresses": "r@x.org"},
    ],
)
def test_a_mail_that_ses_would_not_take_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        read(**changes)
