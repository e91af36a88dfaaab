"""What is explored whole: the promises, and the mutations that must break them."""

from collections.abc import Mapping

from tests.model.state import Answer, Mutation, Setup

_ALL: tuple[Answer, ...] = ("accepted", "refused", "deferred", "lost", "cut")
_SURE_OR_NOT: tuple[Answer, ...] = ("accepted", "lost")

QUICK: Mapping[str, Setup] = {
    "one message, whatever the vendor does": Setup(("single",), _ALL, crashes=3, zombies=1),
    "two contacts, one after the other": Setup(("invoke",), _SURE_OR_NOT, crashes=3, zombies=1),
    "two contacts and a stop at any moment": Setup(("invoke", "stop"), _SURE_OR_NOT, crashes=1, zombies=1),
    "two contacts and a stop, with calls that come too late": Setup(
        ("invoke", "stop"), ("accepted",), crashes=1, zombies=1, lates=2
    ),
    "a stop, refusals and retries": Setup(
        ("invoke", "stop"), ("accepted", "refused", "deferred"), crashes=1, atomic=True
    ),
    "unclear sends are sent again, and stopped": Setup(
        ("invoke", "stop"), _SURE_OR_NOT, crashes=1, resend=True, atomic=True
    ),
    "one message, sent again when unclear, with receipts": Setup(
        ("single",), _ALL, crashes=2, zombies=1, resend=True, receipts=True
    ),
    "look-ups and late receipts settle what is unclear": Setup(
        ("invoke",), ("accepted", "lost", "cut"), crashes=2, zombies=1, lookups=True, receipts=True, atomic=True
    ),
}
WHOLE = {
    "two contacts and a single message": Setup(("invoke", "single"), _SURE_OR_NOT, crashes=3, zombies=1, atomic=True)
}

_PLAIN = Setup(("invoke",), ("accepted",), crashes=1)
MUTANTS: Mapping[Mutation, tuple[Setup, str]] = {
    "a call starts before it is recorded as begun": (_PLAIN, "submitted twice"),
    "what was begun is begun again after a crash": (_PLAIN, "submitted twice"),
    "outputs are committed before offsets": (_PLAIN, "twice"),
    "offsets are committed before outputs": (_PLAIN, "lost|never"),
    "nobody is fenced": (_PLAIN._replace(crashes=0, zombies=1), "twice"),
    "sends are released before the plan is logged": (_PLAIN, "before its plan"),
    "the next order starts when the one before was released": (_PLAIN, "B was submitted before A"),
    "a stop is forgotten when the dispatcher dies": (
        Setup(("invoke", "stop"), ("accepted", "deferred"), crashes=2, at_once=1, atomic=True),
        "after the adapter had obeyed the stop",
    ),
    "a deferred send stays in the adapter's memory": (Setup(("single",), ("deferred", "accepted"), 1), "lost"),
    "what a look-up does not find is sent again": (
        Setup(("single",), ("accepted",), crashes=0, zombies=1, lookups=True),
        "took S twice",
    ),
}
"""Each with what it breaks."""
