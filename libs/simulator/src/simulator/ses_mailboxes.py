"""SES's own mailbox simulator: addresses that always fare the same, also with a label (`bounce+7@…`).

https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html
"""

from collections.abc import Sequence

from simulator.receipts import ReceiptPlan

DOMAIN = "simulator.amazonses.com"


def _plan(status: str, code: str = "") -> ReceiptPlan:
    return ReceiptPlan(status=status, code=code)


# An answer from `ooto` goes to whoever sent, not to SES.
PLANS = {
    "success": (_plan("Send"), _plan("Delivery")),
    "bounce": (_plan("Send"), _plan("Bounce", "Permanent/General")),
    "ooto": (_plan("Send"), _plan("Delivery")),
    "complaint": (_plan("Send"), _plan("Delivery"), _plan("Complaint")),
    "suppressionlist": (_plan("Send"), _plan("Bounce", "Permanent/Suppressed")),
}


def plans_of(recipients: Sequence[str]) -> tuple[ReceiptPlan, ...]:
    """Each recipient's own; none for any other address."""
    return tuple(
        plan.model_copy(update={"part": part})
        for part, address in enumerate(recipients, start=1)
        for plan in _plans_of(address)
    )


def _plans_of(address: str) -> tuple[ReceiptPlan, ...]:
    name, _, domain = address.lower().rpartition("@")
    return PLANS.get(name.partition("+")[0], ()) if domain == DOMAIN else ()
