"""The vectors were computed with Twilio's own package; here it checks ours as well."""

from multidict import MultiDict
from twilio.request_validator import RequestValidator

from simulator.twilio_signature import signature

TOKEN = "12345678901234567890123456789012"
FORM = {
    "AccountSid": "AC" + "0" * 32,
    "From": "+15005550006",
    "MessageSid": "SM" + "0" * 31 + "1",
    "MessageStatus": "delivered",
    "To": "+31612345678",
}
URL = "https://hooks.example.org/cb/twilio/sms?tenant=7&x=a%20b"


def test_a_form_is_signed_with_its_url() -> None:
    assert signature(TOKEN, URL, FORM.items()) == "U+qMDWBpxgsmDWAIvFFCpoBOJw4="
    with_port = URL.replace("example.org", "example.org:443")
    assert signature(TOKEN, with_port, FORM.items()) == "VV67CM8Z/s4ikgjEMcAdZFRwR50="


def test_a_signing_key_means_sha256() -> None:
    assert signature(TOKEN, URL, FORM.items(), "sha256") == "wKi7rrMw2UEy3HfOYVdC4T7qDCYPEaLttutzwQCqMyE="


def test_a_get_is_signed_by_its_url_alone() -> None:
    url = "https://hooks.example.org/cb/twilio/voice?CallSid=CA1&CallStatus=completed"
    assert signature(TOKEN, url) == "i5mIsH4FzXGNtimYPJwayzPfTfY="


def test_a_json_body_is_signed_by_its_hash_in_the_url() -> None:
    digest = "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"
    url = f"https://hooks.example.org/cb/twilio/json?bodySHA256={digest}"
    assert signature(TOKEN, url) == "8nKKnSbUAipqVsspTV6VPZOZ+2M="


def test_of_a_repeated_name_each_value_counts_once() -> None:
    pairs = [("b", "2"), ("a", "2"), ("a", "1"), ("a", "2")]
    assert signature(TOKEN, URL, pairs) == RequestValidator(TOKEN).compute_signature(URL, MultiDict(pairs))
