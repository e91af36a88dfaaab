"""Who is suppressed, and who no more: what clients ask for, what people say, what vendors report. Pure; knows no Kafka.

A contact that is suppressed already stays as it is, whoever says it again: its reason is the first one. Who comes back
(an opt-in) is sent to again, whatever a person or a vendor said before; but not when the account itself asked for the
suppression, because then it is the account's to lift."""

from dapi_common.events import commands, deliveries, receipts
from dapi_common.events.envelope import Payload
from dapi_common.events.inbound import ContactSuppressed, InboundReceived, SuppressionLifted, SuppressionReason
from dapi_common.events.shapes import Channel
from dapi_common.ids import AccountId, SuppressionId
from dapi_common.provider import catalog
from dapi_common.spelling import spelled
from invoke_planner.account import Event
from invoke_planner.decision import Decision, Rejected, Unchanged, not_found
from invoke_planner.suppressions import Suppressions

Asked = commands.SuppressContact | commands.LiftSuppression


def decide(known: Suppressions, command: Asked) -> Decision | Unchanged:
    """The events that the command causes, or why none."""
    match command:
        case commands.SuppressContact():
            return _suppress(known, command)
        case commands.LiftSuppression() if not known.has(command.account, command.suppression_id):
            return not_found("suppression")
        case commands.LiftSuppression():
            return [_lifted(command.account, command.suppression_id, command.at)]


def concerns(known: Suppressions, command: commands.Command) -> bool:
    """Whether the command is a message to somebody who is suppressed."""
    if not isinstance(command, commands.CreateMessage):
        return False
    everybody = catalog.everybody(command.provider, command.channel, command.arguments)
    return known.any_of(command.account, command.channel, everybody)


def heard(known: Suppressions, received: InboundReceived) -> list[Event]:
    """What follows from what somebody sent."""
    account, channel, at = received.account, received.channel, received.at
    if received.kind == "opt-in":
        sender = _only_address(channel, received.sender)
        found = known.find(account, channel, sender) if sender else None
        return [_lifted(account, found, at)] if found and not known.is_asked_for(account, found) else []
    if not received.suppress:
        return []
    reason: SuppressionReason = "opt-out" if received.kind == "message" else received.kind
    return _suppressed(known, account, channel, received.sender, reason, received.provider, at)


def told(known: Suppressions, fact: Payload) -> list[Event]:
    """What follows from what a vendor said of a send."""
    match fact:
        case deliveries.DeliveryRefused(suppress=address) if address:
            channel: Channel | None = fact.channel
            reason: SuppressionReason = "provider"
        case receipts.DeliveryReported(suppress=address) if address:
            channel, reason = fact.channel, "bounce" if fact.is_bounce else "provider"
        case receipts.ReferenceReported(suppress=address) if address:
            channel, reason = _only_channel(fact.provider), "bounce" if fact.is_bounce else "provider"
        case _:
            return []
    if channel is None:
        return []
    return _suppressed(known, fact.account, channel, address, reason, fact.provider, fact.at)


def _only_channel(provider: str) -> Channel | None:
    """Of a receipt that names no message: what its provider sends, where that is one thing."""
    channels = catalog.channels(provider)
    return next(iter(channels)) if len(channels) == 1 else None


def _only_address(channel: Channel, text: str) -> str | None:
    """None for a text that names nobody, or several: nobody knows which of them is meant."""
    addresses = spelled(channel, text)
    return addresses[0] if len(addresses) == 1 else None


def _suppress(known: Suppressions, command: commands.SuppressContact) -> Decision | Unchanged:
    account, channel, address = command.account, command.channel, command.address
    if events := _suppressed(known, account, channel, address, "asked", "", command.at):
        return events
    stands = known.find(account, channel, _only_address(channel, address) or "")
    return Unchanged((stands,)) if stands else Rejected("suppression-invalid", "It must name one contact.", "/contact")


def _suppressed(
    known: Suppressions,
    account: AccountId,
    channel: Channel,
    text: str,
    reason: SuppressionReason,
    provider: str,
    at: float,
) -> list[Event]:
    """Nothing when the text names no one contact, or one who is suppressed already."""
    address = _only_address(channel, text)
    if address is None or known.find(account, channel, address):
        return []
    suppressed = ContactSuppressed(
        account=account,
        suppression_id=SuppressionId(str(known.next(account))),
        channel=channel,
        address=address,
        reason=reason,
        provider=provider,
        at=at,
    )
    return [suppressed]


def _lifted(account: AccountId, suppression: SuppressionId, at: float) -> SuppressionLifted:
    return SuppressionLifted(account=account, suppression_id=suppression, at=at)
