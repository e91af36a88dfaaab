import pytest

from simulator.mailboxes import addresses, domain_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a@x.org", ("a@x.org",)),
        ("Ann <a@x.org>", ("a@x.org",)),
        ('"Ann, Bob" <a+b@x.org>, c@y.example.org', ("a+b@x.org", "c@y.example.org")),
    ],
)
def test_addresses_are_bare(text: str, expected: tuple[str, ...]) -> None:
    assert addresses(text) == expected


@pytest.mark.parametrize("text", ["", "a", "a@", "@x.org", "a@x", "a b@x.org", "a@x..org", "a@x.org, b", "a@-x.org"])
def test_one_that_is_malformed_spoils_them_all(text: str) -> None:
    assert addresses(text) == ()


def test_the_domain_is_what_follows_the_at() -> None:
    assert domain_of("a@x.org") == "x.org"
