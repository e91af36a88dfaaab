"""What people mean who answer with one word: the keywords that carriers and vendors agree on.

https://help.twilio.com/articles/223134027: a message that is nothing but the word, in any case; more words are a
message like any other."""

from typing import Final

from dapi_common.events.inbound import InboundKind

OPT_OUT: Final = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"})
OPT_IN: Final = frozenset({"START", "YES", "UNSTOP"})


def kind_of(text: str) -> InboundKind:
    """`opt-out`, `opt-in`, or `message`. A vendor that says itself what it was knows better."""
    word = text.strip().upper()
    if word in OPT_OUT:
        return "opt-out"
    return "opt-in" if word in OPT_IN else "message"
