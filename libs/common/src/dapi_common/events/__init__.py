"""The models of every record, one module a family, and which topic carries which types."""

from dapi_common.events import account, commands, deliveries, invokes, lists, outcomes, sends
from dapi_common.events.envelope import Registry

COMMANDS = Registry(
    commands.OpenAccount, commands.RegenerateSecret, commands.ChangeLimits, commands.TopUp,
    commands.PutProvider, commands.RemoveProvider, commands.CreateMessage,
    commands.CreateList, commands.UpdateList, commands.DeleteList,
    commands.AddContacts, commands.UpdateContact, commands.RemoveContact,
    commands.CreateInvoke, commands.StopInvoke, commands.DeleteInvoke,
    commands.PauseInvoke, commands.ResumeInvoke, commands.RepaceInvoke, commands.RetryInvoke,
)  # fmt: skip
EVENTS = Registry(
    account.AccountOpened, account.SecretRegenerated, account.LimitsChanged, account.CreditsMoved,
    account.ProviderPut, account.ProviderRemoved,
    lists.ListCreated, lists.ListUpdated, lists.ListDeleted,
    lists.ContactsAdded, lists.ContactUpdated, lists.ContactRemoved,
    invokes.MessageAccepted, invokes.MessageSkipped, invokes.InvokeAccepted, invokes.InvokePlanned,
    invokes.InvokeProgressed, invokes.InvokeCompleted, invokes.InvokeStopped, invokes.InvokeDeleted,
    invokes.InvokePaused, invokes.InvokeResumed, invokes.InvokeRepaced,
)  # fmt: skip
SENDS = Registry(
    sends.SendRequested, sends.SendsStopped, sends.ProviderWithdrawn,
    sends.SendsPaused, sends.SendsResumed, sends.SendsRepaced,
)  # fmt: skip
DELIVERIES = Registry(
    deliveries.DeliveryAccepted, deliveries.DeliveryRefused, deliveries.DeliveryDeferred,
    deliveries.DeliveryUnknown, deliveries.DeliveryDropped,
)  # fmt: skip
OUTCOMES = Registry(outcomes.CommandOutcome)
ACCOUNTS = Registry(outcomes.AccountSnapshot)
