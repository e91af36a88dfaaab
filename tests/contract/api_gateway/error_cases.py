"""Every way to get a body wrong: each field missing, empty, of a wrong type, too long, out of range, unknown."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

from .world import CONTACT, MESSAGE, NEXMO, OFFER

Json = dict[str, Any]
Values = tuple[object, ...]
LONG: Final = "x" * 5000
MISSING: Final = object()
NO_STRING: Final[Values] = (None, True, 1, 1.5, [], {})
NO_OBJECT: Final[Values] = (None, True, 1, "x", "", [])
NO_ARRAY: Final[Values] = (None, True, 1, "x", "", {})
NO_INTEGER: Final[Values] = (None, True, 1.5, "x", "", "1.0", "-1", " 1", "9" * 19, [], {})
INVOKE: Final[Json] = {"list_id": "1", "providers": [OFFER], "throughput": {"sms": {"mps": "1", "mpm": "60"}}}
TWILIO: Final[Json] = {
    "type": "sms",
    "provider": "twilio",
    "arguments": {"To": "+31612345678", "From": "D", "Body": "x"},
}
CREDENTIALS: Final[Mapping[str, Json]] = {
    "nexmo": NEXMO,
    "twilio": {"ACCOUNT_SID": "AC1", "AUTH_TOKEN": "t"},
    "plivo": {"AUTH_ID": "MA1", "AUTH_TOKEN": "t"},
    "mailgun": {"API_KEY": "k", "DOMAIN_NAME": "mg.example.org"},
    "amazon-ses": {"ACCESS_KEY": "k", "SECRET_KEY": "s", "REGION_NAME": "us-west-2"},
    "amazon-sns": {"ACCESS_KEY": "k", "AUTH_TOKEN": "s", "REGION_NAME": "us-west-2"},
    "bluemix-push-notifications": {"APP_GUID": "g", "APP_SECRET": "s", "REGION_NAME": "ng"},
}
HOSTS: Final = ("evil.example/", "a@evil.example", "../x", "x#", "x?y", "x:80", "x\r\ny", "ü")
"""None of them may become part of a URL."""


@dataclass(frozen=True, slots=True)
class Case:
    """A request that must be refused with this code, blaming this field."""

    method: str
    path: str
    body: Json
    code: str
    field: str | None

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.code} {self.field}"


@dataclass(frozen=True, slots=True)
class Form:
    """A request whose body is right."""

    method: str
    path: str
    body: Json

    def wrong(self, field: str, code: str, *values: object) -> Iterator[Case]:
        """With each of these values at `field`; MISSING takes it away."""
        for value in values:
            yield Case(self.method, self.path, _changed(self.body, field, value), code, field)

    def unknown(self, code: str, *places: str) -> Iterator[Case]:
        """With a field that is not known, in the body and in these objects of it."""
        for place in ("", *places):
            yield from self.wrong(f"{place}/surprise", code, "x", None)


def _changed(body: Json, field: str, value: object) -> Json:
    changed = deepcopy(body)
    *steps, last = field.split("/")[1:]
    inner: Any = changed
    for step in steps:
        inner = inner[int(step)] if isinstance(inner, list) else inner[step]
    key: Any = int(last) if isinstance(inner, list) else last
    if value is MISSING:
        del inner[key]
    else:
        inner[key] = value
    return changed


def _messages() -> Iterator[Case]:
    form, arguments = Form("PUT", "/v1/messages", MESSAGE), "message-invalid-arguments"
    yield from form.wrong("/type", "message-invalid-type", MISSING, *NO_STRING, "", "fax", "SMS", LONG)
    yield from form.wrong("/provider", "message-invalid-provider", MISSING, *NO_STRING, "", "nope", "mailgun", LONG)
    yield from form.wrong("/arguments", arguments, MISSING, *NO_OBJECT)
    yield from form.wrong("/arguments/from", arguments, MISSING, *NO_STRING, "", LONG)
    yield from form.wrong("/arguments/to", arguments, MISSING, *NO_STRING, "", LONG, "0612345678", "+0", "a@b.example")
    yield from form.wrong("/arguments/text", arguments, MISSING, *NO_STRING, "", LONG)
    yield from form.wrong("/ttl", arguments, *NO_INTEGER, 0, "0", -1, 604_801, "604801")
    yield from form.wrong("/on-unknown", arguments, *NO_STRING, "", "guess", LONG)
    yield from form.unknown(arguments, "/arguments")
    twilio = Form("PUT", "/v1/messages", TWILIO)
    yield from twilio.wrong("/type", "message-invalid-type", "fax")
    for name in ("To", "From", "Body"):
        yield from twilio.wrong(f"/arguments/{name}", arguments, MISSING, 1, "", LONG)


def _providers() -> Iterator[Case]:
    code = "provider-missing-keys"
    for method in ("PUT", "POST"):
        for name, keys in CREDENTIALS.items():
            form = Form(method, f"/v1/providers/{name}", keys)
            for key in keys:
                blamed = "SECRET_KEY" if key == "AUTH_TOKEN" and name.startswith("amazon") else key
                for case in form.wrong(f"/{key}", code, MISSING, *NO_STRING, "", LONG):
                    yield case if key in case.body else Case(method, case.path, case.body, code, f"/{blamed}")
            yield from form.unknown(code)
        yield Case(method, "/v1/providers/amazon-sms", {}, "provider-invalid", None)
        yield Case(method, "/v1/providers/NEXMO", NEXMO, "provider-invalid", None)
        yield Case(method, f"/v1/providers/{LONG}", NEXMO, "provider-invalid", None)
    for name, key in (("amazon-ses", "REGION_NAME"), ("mailgun", "DOMAIN_NAME"), ("twilio", "ACCOUNT_SID")):
        yield from Form("PUT", f"/v1/providers/{name}", CREDENTIALS[name]).wrong(f"/{key}", code, *HOSTS)
    both = {**CREDENTIALS["amazon-ses"], "AUTH_TOKEN": "s"}
    yield Case("PUT", "/v1/providers/amazon-ses", both, code, "/AUTH_TOKEN")


def _lists() -> Iterator[Case]:
    for form in (Form("PUT", "/v1/lists", {"metadata": {}}), Form("POST", "/v1/lists/1", {"metadata": {}})):
        yield from form.wrong("/metadata", "json-invalid", *NO_OBJECT)
        yield from form.wrong("/metadata", "list-metadata-size", {"a": "x" * 65_536}, {"é" * 32_768: 1})
        yield from form.unknown("json-invalid")


def _contacts() -> Iterator[Case]:
    code, path = "list-invalid-contact", "/v1/lists/1/contacts"
    many = Form("PUT", path, {"contacts": [CONTACT, {**CONTACT}]})
    yield from many.wrong("/contacts", code, MISSING, *NO_ARRAY, [], [CONTACT] * 10_001)
    yield from many.wrong("/contacts/1", code, None, 1, "x", [])
    yield from many.unknown(code, "/contacts/0")
    for form, at in ((many, "/contacts/1"), (Form("POST", f"{path}/1", CONTACT), "")):
        yield from form.wrong(f"{at}/type", code, MISSING, *NO_STRING, "", "fax", LONG)
        yield from form.wrong(f"{at}/provider", code, MISSING, *NO_STRING, "", "nope", "mailgun", LONG)
        yield from form.wrong(f"{at}/order", code, MISSING, *NO_INTEGER, -1, 2**31, str(2**31))
        yield from form.wrong(
            f"{at}/contact", code, MISSING, *NO_STRING, "", "0612345678", "+31 6", "a@b.example", LONG
        )
    yield from Form("POST", f"{path}/1", CONTACT).unknown(code)
    for kind, provider, bad in (
        ("email", "mailgun", ("x", "a@b", "a@b.example\n", "@b.example", "a b@c.example", "é@b.example", LONG)),
        ("push", "amazon-sns", ("", " x", "x\ty", "x\0", LONG)),
        ("voice", "plivo", ("x", "+1234", "+1234567890123456")),
    ):
        other = Form("POST", f"{path}/1", {"type": kind, "provider": provider, "order": "1", "contact": "x"})
        yield from other.wrong("/contact", code, *bad)


def _invokes() -> Iterator[Case]:
    form, provider, pace = Form("PUT", "/v1/invokes", INVOKE), "message-invalid-provider", "invoke-invalid-throughput"
    offer, arguments = "/providers/0", "message-invalid-arguments"
    yield from form.wrong(
        "/list_id", "invoke-invalid-list", MISSING, None, True, 1.5, [], {}, "", "x", 0, -1, "01", LONG
    )
    yield from form.wrong("/providers", provider, MISSING, *NO_ARRAY, [])
    yield from form.wrong(offer, provider, None, 1, "x", [])
    yield from form.wrong(f"{offer}/type", "message-invalid-type", MISSING, *NO_STRING, "", "fax", LONG)
    yield from form.wrong(f"{offer}/provider", provider, MISSING, *NO_STRING, "", "nope", "mailgun", LONG)
    yield from form.wrong(f"{offer}/arguments", arguments, MISSING, *NO_OBJECT)
    yield from form.wrong(f"{offer}/arguments/from", arguments, MISSING, *NO_STRING, "", LONG)
    yield from form.wrong(f"{offer}/arguments/text", arguments, MISSING, *NO_STRING, "", LONG)
    yield from form.wrong(f"{offer}/arguments/to", arguments, "+31612345678")
    yield from _paces("PUT", "/v1/invokes", INVOKE)
    for name in ("ordering", "on-unknown"):
        yield from form.wrong(f"/{name}", "json-invalid", *NO_STRING, "", "other", LONG)
    yield from form.wrong("/ttl", "json-invalid", *NO_INTEGER, 0, 604_801)
    yield from form.unknown("json-invalid")
    yield from form.wrong(f"{offer}/surprise", arguments, "x", None)
    yield from form.wrong(f"{offer}/arguments/surprise", arguments, "x", None)
    stop = Form("POST", "/v1/invokes/1", {"status": "stopped"})
    yield from stop.wrong("/status", "invoke-invalid-status", MISSING, *NO_STRING, "", "completed", "deleted", LONG)
    yield from stop.unknown("invoke-invalid-status")
    yield from _paces("POST", "/v1/invokes/1", {"throughput": INVOKE["throughput"]})
    yield from Form("POST", "/v1/invokes/1", {"throughput": {}}).unknown(pace)
    yield from _paces("PUT", "/v1/invokes", {"retry_of": "1", "throughput": INVOKE["throughput"]})
    again = Form("PUT", "/v1/invokes", {"retry_of": "1", "providers": [OFFER]})
    yield from again.wrong("/retry_of", "invoke-invalid-list", None, True, 1.5, [], {}, "", "x", 0, -1, "01", LONG)
    yield from again.wrong("/list_id", "invoke-invalid-list", "1")
    yield from again.wrong("/providers", provider, *NO_ARRAY, [])
    yield from again.wrong(f"{offer}/arguments/text", arguments, MISSING, *NO_STRING, "", LONG)
    for name in ("ordering", "on-unknown"):
        yield from again.wrong(f"/{name}", "json-invalid", *NO_STRING, "", "other", LONG)
    yield from again.wrong("/ttl", "json-invalid", *NO_INTEGER, 0, 604_801)
    yield from again.unknown("json-invalid")


def _suppressions() -> Iterator[Case]:
    form, code = Form("PUT", "/v1/suppressions", {"type": "sms", "contact": "+31612345678"}), "suppression-invalid"
    yield from form.wrong("/type", code, MISSING, *NO_STRING, "", "fax", LONG)
    yield from form.wrong("/contact", code, MISSING, *NO_STRING, "", "0612345678", "+31 6", "a@b.example", LONG)
    yield from form.unknown(code)
    mail = Form("PUT", "/v1/suppressions", {"type": "email", "contact": "a@b.example"})
    yield from mail.wrong("/contact", code, "x", "a@b", "A <a@b.example>", "+31612345678")


def _paces(method: str, path: str, body: Json) -> Iterator[Case]:
    form, pace = Form(method, path, body), "invoke-invalid-throughput"
    yield from form.wrong("/throughput", pace, *NO_OBJECT)
    yield from form.wrong("/throughput/fax", pace, {"mps": "1"})
    yield from form.wrong("/throughput/sms", pace, *NO_OBJECT, {})
    yield from form.wrong("/throughput/sms/mps", pace, *NO_INTEGER, 0, "0", -1, "5001")
    yield from form.wrong("/throughput/sms/mpm", pace, *NO_INTEGER, 0, "0", -1, "300001")
    yield from form.wrong("/throughput/sms/mph", pace, "1")


CASES: Final = (*_messages(), *_providers(), *_lists(), *_contacts(), *_invokes(), *_suppressions())
