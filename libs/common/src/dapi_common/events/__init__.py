"""The models of every record, one module a family, and which topic carries which types."""

from dapi_common.events import (
    account,
    commands,
    deliveries,
    inbound,
    invokes,
    lists,
    outcomes,
    receipts,
    sends,
    signals,
)
from dapi_common.events.envelope import Registry

COMMANDS = Registry(
    commands.OpenAccount, commands.RegenerateSecret, commands.ChangeLimits, commands.TopUp,
    commands.PutProvider, commands.RemoveProvider, commands.CreateMessage,
    commands.CreateList, commands.UpdateList, commands.DeleteList,
    commands.AddContacts, commands.UpdateContact, commands.RemoveContact,
    commands.CreateInvoke, commands.StopInvoke, commands.DeleteInvoke,
    commands.PauseInvoke, commands.ResumeInvoke, commands.RepaceInvoke, commands.RetryInvoke,
    commands.SuppressContact, commands.LiftSuppression,
)  # fmt: skip
EVENTS = Registry(
    account.AccountOpened, account.SecretRegenerated, account.LimitsChanged, account.CreditsMoved,
    account.ProviderPut, account.ProviderRemoved,
    lists.ListCreated, lists.ListUpdated, lists.ListDeleted,
    lists.ContactsAdded, lists.ContactUpdated, lists.ContactRemoved,
    invokes.MessageAccepted, invokes.MessageSkipped, invokes.InvokeAccepted, invokes.InvokePlanned,
    invokes.InvokeProgressed, invokes.InvokeCompleted, invokes.InvokeStopped, invokes.InvokeDeleted,
    invokes.InvokePaused, invokes.InvokeResumed, invokes.InvokeRepaced,
    inbound.InboundRecorded, inbound.ContactSuppressed, inbound.SuppressionLifted,
)  # fmt: skip
SENDS = Registry(
    sends.SendRequested, sends.SendsStopped, sends.ProviderWithdrawn,
    sends.SendsPaused, sends.SendsResumed, sends.SendsRepaced, sends.ProviderRenewed,
)  # fmt: skip
DELIVERIES = Registry(
    deliveries.DeliveryAccepted, deliveries.DeliveryRefused, deliveries.DeliveryDeferred,
    deliveries.DeliveryUnknown, deliveries.DeliveryDropped,
    receipts.DeliveryReported, receipts.ReferenceReported, receipts.ProviderPaused, receipts.ProviderResumed,
)  # fmt: skip
INBOUND = Registry(inbound.InboundReceived)
OUTCOMES = Registry(outcomes.CommandOutcome)
ACCOUNTS = Registry(outcomes.AccountSnapshot)
SIGNALS = Registry(signals.SignalSampled)
PROVIDER_HEALTH = Registry(signals.ProviderHealth)
