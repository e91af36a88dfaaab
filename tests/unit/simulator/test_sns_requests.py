import orjson
import pytest

from simulator.sns_requests import problem_of

OWNER = "123456789012"
ARN = f"arn:aws:sns:eu-west-1:{OWNER}:endpoint/GCM/App/11111111-2222-3333-4444-555555555555"
TOPIC = f"arn:aws:sns:eu-west-1:{OWNER}:news"
FORM = {"Action": "Publish", "TargetArn": ARN, "Message": "Hi"}


def code(owner: str = OWNER, **changes: str) -> str:
    problem = problem_of({name: value for name, value in (FORM | changes).items() if value}, "eu-west-1", owner)
    return problem[0] if problem else ""


def attribute(name: str, value: str, kind: str = "String") -> dict[str, str]:
    entry = "MessageAttributes.entry.1"
    return {f"{entry}.Name": name, f"{entry}.Value.DataType": kind, f"{entry}.Value.StringValue": value}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"TargetArn": ARN.replace("GCM", "APNS_SANDBOX")},
        {"TargetArn": TOPIC},
        {"TargetArn": "", "TopicArn": TOPIC},
        {"TargetArn": "", "TopicArn": f"{TOPIC}.fifo", "MessageGroupId": "g", "MessageDeduplicationId": "d"},
        {"TargetArn": "", "PhoneNumber": "+31612345678"},
        {"Subject": "s" * 99},
        {"Message": "m" * 262_144},
        {"Message": "é" * 131_072},
        {"MessageStructure": "json", "Message": '{"default":"Hi","GCM":{"ignored":1},"NEW":"x"}'},
        attribute("AWS.SNS.MOBILE.APNS.TTL", "60"),
        attribute("n", "1", "Number.int"),
    ],
)
def test_a_good_publish_has_no_problem(changes: dict[str, str]) -> None:
    assert code(**changes) == ""


@pytest.mark.parametrize(
    "changes",
    [
        {"TargetArn": ""},
        {"TopicArn": TOPIC},
        {"TargetArn": "arn"},
        {"TargetArn": ARN.replace("eu-west-1", "us-east-1")},
        {"TargetArn": ARN.replace("GCM", "PIGEON")},
        {"TargetArn": ARN[:-1]},
        {"TargetArn": "", "PhoneNumber": "nobody"},
        {"Message": ""},
        {"Message": "m" * 262_145},
        {"Message": "é" * 131_073},
        {"Message": "m" * 262_140} | attribute("name", "value"),
        {"Subject": "s" * 100},
        {"Subject": "two\nlines"},
        {"MessageStructure": "xml"},
        {"MessageStructure": "json", "Message": "Hi"},
        {"MessageStructure": "json", "Message": "[]"},
        {"MessageStructure": "json", "Message": "[" * 100_000},
        {"MessageStructure": "json", "Message": '{"GCM":"{}"}'},
        {"MessageStructure": "json", "Message": '{"default":1}'},
        {"MessageStructure": "json", "Message": '{"default":"a","default":"b"}'},
        {"MessageDeduplicationId": "d"},
        {"TargetArn": "", "TopicArn": f"{TOPIC}.fifo"},
        attribute("AWS.SNS.MOBILE.FCM.TTL", "soon"),
    ],
)
def test_each_rule_of_a_publish_is_kept(changes: dict[str, str]) -> None:
    assert code(**changes) == "InvalidParameter"


@pytest.mark.parametrize("entry", [attribute("n", "1", "Colour"), attribute("n", "")])
def test_an_attribute_has_a_type_and_a_value(entry: dict[str, str]) -> None:
    assert code(**entry) == "ParameterValueInvalid"


def test_another_accounts_endpoint_is_not_ours_to_reach() -> None:
    assert code(owner="210987654321") == "AuthorizationError"
    assert code(owner="") == ""


def test_platform_texts_are_json_in_strings() -> None:
    message = orjson.dumps({"default": "Hi", "GCM": '{"notification":{"body":"Hi"}}'}).decode()
    assert code(MessageStructure="json", Message=message) == ""
