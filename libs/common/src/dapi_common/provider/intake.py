"""From what a vendor told to the facts that the log gets."""

from collections.abc import Iterator
from hashlib import sha256

from dapi_common import topics
from dapi_common.bus.port import Output
from dapi_common.events.inbound import InboundReceived
from dapi_common.events.receipts import DeliveryReported, ReferenceReported
from dapi_common.ids import AccountId
from dapi_common.provider.addresses import Addresses, Try
from dapi_common.provider.callback import Inbound, Received, Report


def facts(
    provider: str, account: AccountId, of: Try | None, received: Received, addresses: Addresses, at: float
) -> Iterator[Output]:
    """`of` is the message whose URL was called, if it was one's; else a report may name its message itself."""
    for report in received.reports:
        about = of or addresses.read_reference(account, report.reference)
        yield Output(topics.DELIVERIES, _reported(provider, account, about, report, at))
    for inbound in received.inbound:
        yield Output(topics.INBOUND, _inbound(provider, account, inbound, at))


def _reported(
    provider: str, account: AccountId, about: Try | None, report: Report, at: float
) -> DeliveryReported | ReferenceReported:
    told = {
        "account": account,
        "provider": provider,
        "at": at,
        "provider_ref": report.ref,
        "event": report.event,
        "status": report.status,
        "code": report.code,
        "description": report.description,
        "part": report.part,
        "parts": report.parts,
        "is_bounce": report.is_bounce,
        "occurred_at": report.at,
        "suppress": report.suppress,
        "reply": report.reply,
    }
    if about is None:
        return ReferenceReported.model_validate(told)
    return DeliveryReported.model_validate(
        {
            **told,
            "message_id": about.message_id,
            "n": about.n,
            "invoke_id": about.invoke_id,
            "index": about.index,
            "channel": about.channel,
            "attempt": about.attempt,
        }
    )


def _inbound(provider: str, account: AccountId, inbound: Inbound, at: float) -> InboundReceived:
    """Its id is the vendor's, of any length and any characters: hashed, so that it can be a key."""
    return InboundReceived(
        account=account,
        inbound_id=sha256(f"{provider}/{inbound.kind}/{inbound.id}".encode()).hexdigest()[:32],
        kind=inbound.kind,
        provider=provider,
        channel=inbound.channel,
        sender=inbound.sender,
        recipient=inbound.recipient,
        text=inbound.text,
        suppress=inbound.suppress,
        reply=inbound.reply,
        at=at,
    )
