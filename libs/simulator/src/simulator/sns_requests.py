"""The parameters of Publish, and what SNS holds against them.

https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
"""

import json
import re
from collections.abc import Mapping

LARGEST_MESSAGE = 262_144
_ACCOUNT = r"arn:aws(?:-cn|-us-gov)?:sns:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):"
_PLATFORM = "GCM|FCM|APNS|APNS_SANDBOX|APNS_VOIP|APNS_VOIP_SANDBOX|MACOS|MACOS_SANDBOX|ADM|BAIDU|WNS|MPNS"
_ENDPOINT = re.compile(
    rf"{_ACCOUNT}endpoint/(?:{_PLATFORM})/[A-Za-z0-9_.-]{{1,256}}/[0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}"
)
_TOPIC = re.compile(_ACCOUNT + r"[A-Za-z0-9_-]{1,256}(?:\.fifo)?")
_PHONE = re.compile(r"\+?[1-9]\d{6,14}")
_TTL = re.compile(r"AWS\.SNS\.MOBILE\.(?:APNS|APNS_SANDBOX|FCM|GCM|ADM|BAIDU|WNS|MPNS)\.TTL")
_ENTRY = re.compile(r"MessageAttributes\.entry\.(\d+)\.Name")

Problem = tuple[str, str]
"""Code and message of SNS's own error."""


def target(form: Mapping[str, str]) -> str:
    return form.get("TargetArn") or form.get("TopicArn") or form.get("PhoneNumber") or ""


def problem_of(form: Mapping[str, str], region: str, owner: str) -> Problem | None:
    """What is wrong with them, if anything. Without an `owner` the target may be of any AWS account."""
    return _target_problem(form, region, owner) or _message_problem(form) or _queue_problem(form)


def _target_problem(form: Mapping[str, str], region: str, owner: str) -> Problem | None:
    named = [name for name in ("TargetArn", "TopicArn", "PhoneNumber") if form.get(name)]
    if len(named) != 1:
        return _invalid("TopicArn or TargetArn", "exactly one of them or of PhoneNumber is required")
    (name,) = named
    if name == "PhoneNumber":
        return None if _PHONE.fullmatch(form[name]) else _invalid(name, "is not valid to publish to")
    found = _ENDPOINT.fullmatch(form[name]) or _TOPIC.fullmatch(form[name])
    if found is None or found["region"] != region:
        return _invalid(name, "no such resource in this region")
    return None if owner in ("", found["account"]) else ("AuthorizationError", "Not authorized to publish there")


def _message_problem(form: Mapping[str, str]) -> Problem | None:
    message, subject = form.get("Message", ""), form.get("Subject", "-")
    if not message:
        return _invalid("Message", "empty message")
    attributes = _attributes(form)
    size = len(message.encode()) + sum(len(part.encode()) for attribute in attributes for part in attribute)
    if size > LARGEST_MESSAGE:
        return _invalid("Message", "too long")
    if not 1 <= len(subject) < 100 or not subject.isprintable():
        return _invalid("Subject", "must be one line of less than 100 characters")
    return _structure_problem(form.get("MessageStructure"), message) or _attribute_problem(attributes)


def _structure_problem(structure: str | None, message: str) -> Problem | None:
    if structure is None:
        return None
    if structure != "json":
        return _invalid("Message Structure", "invalid message structure parameter")
    try:
        texts = json.loads(message, object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        return _invalid("Message Structure", "JSON message body failed to parse")
    if not isinstance(texts, dict):
        return _invalid("Message Structure", "JSON message body failed to parse")
    if not isinstance(texts.get("default"), str):
        return _invalid("Message Structure", "no default entry in JSON message body")
    return None


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a key comes twice")
    return dict(pairs)


def _attributes(form: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Name, type and value of each."""
    found = []
    for key, name in form.items():
        if match := _ENTRY.fullmatch(key):
            value = f"MessageAttributes.entry.{match[1]}.Value."
            found.append((name, form.get(f"{value}DataType", ""), form.get(f"{value}StringValue", "")))
    return found


def _attribute_problem(attributes: list[tuple[str, str, str]]) -> Problem | None:
    for name, kind, value in attributes:
        if not (name and value and kind.partition(".")[0] in ("String", "Number", "Binary")):
            return "ParameterValueInvalid", "The message attribute must contain a name, a type and a value"
        if _TTL.fullmatch(name) and not value.isdecimal():
            return _invalid("MessageAttributes", "a TTL is a number of seconds")
    return None


def _queue_problem(form: Mapping[str, str]) -> Problem | None:
    """What is for FIFO topics only, and what they want."""
    is_queue = form.get("TopicArn", "").endswith(".fifo")
    if "MessageDeduplicationId" in form and not is_queue:
        return _invalid("MessageDeduplicationId", "the topic is not FIFO")
    if is_queue and not form.get("MessageGroupId"):
        return _invalid("MessageGroupId", "required for FIFO topics")
    return None


def _invalid(name: str, reason: str) -> Problem:
    return "InvalidParameter", f"Invalid parameter: {name} Reason: {reason}"
