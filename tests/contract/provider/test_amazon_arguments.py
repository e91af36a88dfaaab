"""What amazon-ses and amazon-sns take for arguments, before anything is accepted."""

import json

import pytest

from dapi_common.events.shapes import JsonObject
from dapi_common.ids import MessageId
from dapi_common.provider import catalog
from dapi_common.provider.adapter import Accepted, Message
from dapi_common.provider.hooks import Hooks
from dapi_common.provider.http import Response
from dapi_common.testing.provider_cases import ScriptedHttp
from provider_amazon_ses.adapter import AmazonSes

from .sns import CREDENTIALS

WORDS: JsonObject = {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "t"}}}
V1: JsonObject = {"Source": "a@x.org", "Destination": {"ToAddresses": ["b@y.org"]}, "Message": WORDS}
V2: JsonObject = {
    "FromEmailAddress": "a@x.org",
    "Destination": {"ToAddresses": ["b@y.org"]},
    "Content": {"Simple": WORDS},
}
ARN = "arn:aws:sns:eu-west-1:123456789012:endpoint/GCM/App/1f3c9ee0-7f02-3b0e-9a70-00bd3d8b5c66"
PUSH: JsonObject = {"TargetArn": ARN, "Message": "hi"}


def problem(name: str, arguments: JsonObject) -> tuple[str, str] | None:
    found = catalog.check_arguments(name, "email" if name == "amazon-ses" else "push", arguments)
    return (found.field, found.text) if found else None


def without(arguments: JsonObject, name: str) -> JsonObject:
    return {key: value for key, value in arguments.items() if key != name}


@pytest.mark.parametrize(
    "arguments",
    [
        V1,
        V2,
        {**without(V1, "Source"), "FromEmailAddress": "a@x.org"},
        {**V2, "FromEmailAddress": "Dapi Inc. <a@x.org>"},
        {**V2, "FromEmailAddress": '"Dapi, Inc." <a@x.org>'},
        {**V2, "FromEmailAddress": "=?utf-8?q?Gr=C3=BC=C3=9Fe?= <a@x.org>"},
        {**V2, "FromEmailAddress": "<a@x.org>"},
        {**V2, "Destination": {"ToAddresses": ["B <b@y.org>"] * 48, "CcAddresses": ["c@y.org"], "BccAddresses": []}},
        {**without(V2, "FromEmailAddress"), "Content": {"Raw": {"Data": "SGk="}}},
        {**V2, "Content": {"Template": {"TemplateName": "T", "TemplateData": "{}"}}},
        {**V2, "Content": {"Template": {"TemplateContent": {"Subject": "s", "Text": "t"}}}},
        {**V2, "Content": {"Simple": {**WORDS, "Headers": [{"Name": "X-A", "Value": "b"}]}}},
        {**V2, "Content": {"Simple": {**WORDS, "Attachments": [{"RawContent": "SGk=", "FileName": "ü.txt"}]}}},
        {**V2, "ListManagementOptions": {"ContactListName": "l", "TopicName": "t"}, "TenantName": "t"},
        {**V2, "EmailTags": [{"Name": "a-b_C", "Value": "1"}] * 48},
        {**V2, "ReplyToAddresses": [], "ConfigurationSetName": "my-set"},
    ],
)
def test_mails_in_either_version_s_names_pass(arguments: JsonObject) -> None:
    assert problem("amazon-ses", arguments) is None


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({**V1, "FromEmailAddress": "a@x.org"}, "/Source"),
        ({**V2, "Message": WORDS}, "/Message"),
        ({**V2, "Tags": [], "EmailTags": []}, "/Tags"),
        (without(V2, "Content"), "/Content"),
        (without(V2, "FromEmailAddress"), "/FromEmailAddress"),
        (without(V2, "Destination"), "/Destination"),
        ({**V2, "Destination": {}}, "/Destination/ToAddresses"),
        ({**V2, "Destination": {"ToAddresses": []}}, "/Destination/ToAddresses"),
        ({**V2, "Destination": {"ToAddresses": "b@y.org"}}, "/Destination/ToAddresses"),
        ({**V2, "Destination": {"ToAddresses": ["b@y.org"] * 51}}, "/Destination"),
        ({**V2, "Destination": {"ToAddresses": ["b@y.org"] * 25, "CcAddresses": ["c@y.org"] * 26}}, "/Destination"),
        ({**V2, "Destination": {"ToAddresses": ["b@y.org", "@y.org"]}}, "/Destination/ToAddresses/1"),
        ({**V2, "Destination": {"ToAddresses": ["b@y.org"], "CcAddresses": ["c"]}}, "/Destination/CcAddresses/0"),
        ({**V2, "Destination": {"ToAddresses": ["b@y.org"], "Other": []}}, "/Destination/Other"),
        ({**V2, "FromEmailAddress": "a"}, "/FromEmailAddress"),
        ({**V2, "FromEmailAddress": "Grüße <a@x.org>"}, "/FromEmailAddress"),
        ({**V2, "FromEmailAddress": "a@x.org, c@x.org"}, "/FromEmailAddress"),
        ({**V2, "FromEmailAddress": "A, B <a@x.org>"}, "/FromEmailAddress"),
        ({**V2, "FromEmailAddress": "A\r\nBcc: c@x.org <a@x.org>"}, "/FromEmailAddress"),
        ({**V2, "FromEmailAddress": "<a@x.org> <c@x.org>"}, "/FromEmailAddress"),
        ({**V2, "FromEmailAddress": "<a@x.org>\n"}, "/FromEmailAddress"),
        ({**V2, "ReplyToAddresses": ["r"]}, "/ReplyToAddresses/0"),
        ({**V2, "Content": {}}, "/Content"),
        ({**V2, "Content": {"Simple": WORDS, "Raw": {"Data": "SGk="}}}, "/Content"),
        ({**V2, "Content": {"Raw": {"Data": "no base64"}}}, "/Content/Raw/Data"),
        ({**V2, "Content": {"Simple": {"Subject": {"Data": "s"}, "Body": {}}}}, "/Content/Simple/Body"),
        ({**V2, "Content": {"Simple": {"Body": {"Text": {"Data": "t"}}}}}, "/Content/Simple/Subject"),
        ({**V2, "Content": {"Simple": {**WORDS, "Headers": [{"Name": "a", "Value": "b"}] * 16}}}, "/Content/Simple"),
        (
            {**V2, "Content": {"Simple": {**WORDS, "Headers": [{"Name": "a:b", "Value": "b"}]}}},
            "/Content/Simple/Headers/0/Name",
        ),
        (
            {**V2, "Content": {"Simple": {**WORDS, "Headers": [{"Name": "a", "Value": "b\r\nc"}]}}},
            "/Content/Simple/Headers/0/Value",
        ),
        ({**V1, "Message": {**WORDS, "Headers": []}}, "/Message/Headers"),
        ({**V2, "EmailTags": [{"Name": "dapi_id", "Value": "1"}]}, "/EmailTags/0"),
        ({**V2, "EmailTags": [{"Name": "a b", "Value": "1"}]}, "/EmailTags/0/Name"),
        ({**V2, "EmailTags": [{"Name": "a", "Value": "1"}] * 49}, "/EmailTags"),
        ({**V2, "ConfigurationSetName": "a/b"}, "/ConfigurationSetName"),
        ({**V2, "EndpointId": "x"}, "/EndpointId"),
        ({**V2, "surprise": 1}, "/surprise"),
    ],
)
def test_what_amazon_ses_would_refuse_is_named(arguments: JsonObject, field: str) -> None:
    found = problem("amazon-ses", arguments)
    assert found is not None
    assert found[0].startswith(field)
    assert "@" not in found[1]


def test_a_contact_goes_into_the_list_of_recipients_and_not_beside_one() -> None:
    offer = {**V1, "Destination": {"CcAddresses": ["c@y.org"]}}
    assert catalog.check_arguments("amazon-ses", "email", offer, from_contact=True) is None
    assert catalog.check_arguments("amazon-ses", "email", without(V1, "Destination"), from_contact=True) is None
    beside = catalog.check_arguments("amazon-ses", "email", V1, from_contact=True)
    assert beside is not None
    assert beside.field == "/Destination/ToAddresses"
    copied = catalog.addressed("amazon-ses", "email", offer, "b@y.org")
    assert sorted(catalog.everybody("amazon-ses", "email", copied)) == ["b@y.org", "c@y.org"]


async def test_without_a_reference_only_the_message_s_id_is_a_tag() -> None:
    http = ScriptedHttp(Response(200, {}, b'{"MessageId":"m"}'))
    message = Message(MessageId("7-31"), "email", V1, CREDENTIALS, Hooks())
    assert isinstance(await AmazonSes().send(message, http), Accepted)
    assert http.requests[0]["json"]["EmailTags"] == [{"Name": "dapi_id", "Value": "7-31"}]


@pytest.mark.parametrize(
    "arguments",
    [
        PUSH,
        {**PUSH, "Message": "ü" * 131_072},
        {**PUSH, "Message": '{"default":"x","GCM":{"ignored":"by SNS"},"other":1}', "MessageStructure": "json"},
        {**PUSH, "Subject": "x" * 99},
        {**PUSH, "TargetArn": ARN.replace("GCM", "APNS_SANDBOX").replace("App", "my.App_2-x")},
        {**PUSH, "TargetArn": ARN.replace("arn:aws:", "arn:aws-cn:").replace("eu-west-1", "cn-north-1")},
        {**PUSH, "MessageAttributes": {"AWS.SNS.MOBILE.FCM.TTL": {"DataType": "Number", "StringValue": "60"}}},
        {**PUSH, "MessageAttributes": {"a": {"DataType": "String.Array", "StringValue": "[]"}}},
        {**PUSH, "MessageAttributes": {"a": {"DataType": "Binary", "BinaryValue": "AAEC"}}},
    ],
)
def test_pushes_as_amazon_sns_has_them_pass(arguments: JsonObject) -> None:
    assert problem("amazon-sns", arguments) is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"TargetArn": "arn:aws:sns:eu-west-1:123456789012:topic"}, "/TargetArn"),
        ({"TargetArn": ARN.replace("GCM", "FAX")}, "/TargetArn"),
        ({"TargetArn": ARN + "\n"}, "/TargetArn"),
        ({"TargetArn": "+31612345678"}, "/TargetArn"),
        ({"TargetArn": None}, "/TargetArn"),
        ({"Message": ""}, "/Message"),
        ({"Message": {"default": "x"}, "MessageStructure": "json"}, "/Message"),
        ({"Message": "ü" * 131_072 + "x"}, "/Message"),
        (
            {"Message": "x" * 262_144, "MessageAttributes": {"a": {"DataType": "String", "StringValue": "b"}}},
            "/Message",
        ),
        ({"MessageStructure": "json"}, "/Message"),
        ({"MessageStructure": "json", "Message": "[]"}, "/Message"),
        ({"MessageStructure": "json", "Message": '{"GCM":"x"}'}, "/Message"),
        ({"MessageStructure": "json", "Message": '{"default":{"a":1}}'}, "/Message"),
        ({"MessageStructure": "json", "Message": '{"default":"a","default":"b"}'}, "/Message"),
        ({"MessageStructure": "json", "Message": '{"default":"a","x":' + "[" * 100_000}, "/Message"),
        ({"MessageStructure": "xml"}, "/MessageStructure"),
        ({"Subject": "x" * 100}, "/Subject"),
        ({"Subject": "a\nb"}, "/Subject"),
        ({"Subject": ""}, "/Subject"),
        ({"MessageAttributes": {"a b": {"DataType": "String", "StringValue": "b"}}}, "/MessageAttributes"),
        ({"MessageAttributes": {"a": {"DataType": "Text", "StringValue": "b"}}}, "/MessageAttributes/a/DataType"),
        ({"MessageAttributes": {"a": {"DataType": "String"}}}, "/MessageAttributes/a"),
        ({"MessageAttributes": {"a": {"DataType": "String", "BinaryValue": "AAEC"}}}, "/MessageAttributes/a"),
        ({"MessageAttributes": {"a": {"DataType": "Binary", "BinaryValue": "?"}}}, "/MessageAttributes/a"),
        ({"MessageAttributes": {"a": {"DataType": "String", "StringValue": ""}}}, "/MessageAttributes/a"),
        ({"PhoneNumber": "+31612345678"}, "/PhoneNumber"),
        ({"TopicArn": "arn:aws:sns:eu-west-1:123456789012:topic"}, "/TopicArn"),
    ],
)
def test_what_amazon_sns_would_refuse_is_named(changes: JsonObject, field: str) -> None:
    found = problem("amazon-sns", {**PUSH, **changes})
    assert found is not None
    assert found[0].startswith(field)
    assert len(json.dumps(found)) < 300


def test_a_push_s_contact_is_its_endpoint() -> None:
    assert catalog.check_arguments("amazon-sns", "push", without(PUSH, "TargetArn"), from_contact=True) is None
    unstructured: JsonObject = {"Message": "hi", "MessageStructure": "json"}
    found = catalog.check_arguments("amazon-sns", "push", unstructured, from_contact=True)
    assert found is not None
    assert found.field == "/Message"
