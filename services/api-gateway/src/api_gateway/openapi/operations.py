"""What the reference says of each route, beyond what the router, the models and the table of codes say by themselves.

A route that is not in OPERATIONS fails the tests by its name."""

from collections.abc import Mapping
from typing import Final

from api_gateway import invoke_requests, requests
from api_gateway.openapi import answers, providers
from api_gateway.openapi.operation import Operation
from api_gateway.openapi.people import PEOPLE
from dapi_common.provider.fields import Credentials

_MESSAGE_CODES: Final = (
    "message-invalid-type",
    "message-invalid-provider",
    "message-invalid-arguments",
    "credits-insufficient",
)
_LIMITS: Final = Operation(
    "showLimits",
    "Show the limits of your account",
    "What your subscription lets you do: messages a second, lists, contacts in each list.",
    answers.Limits,
    stored=False,
)
_CREDITS: Final = Operation(
    "showCredits",
    "Show the credits of your account",
    "The money that is left for messages. Each one's fee is reserved when it is accepted, and refunded when the "
    "provider does not accept it.",
    answers.Credits,
    timed=True,
)

OPERATIONS: Final[Mapping[tuple[str, str], Operation]] = {
    ("GET", "/v1/accounts/limits"): _LIMITS,
    ("GET", "/v1/limits"): _LIMITS,
    ("GET", "/v1/accounts/credits"): _CREDITS,
    ("GET", "/v1/credits"): _CREDITS,
    ("GET", "/v1/providers"): Operation(
        "listProviders",
        "Get all the providers in the account",
        "With the credentials that you stored, and how each does.",
        providers.Providers,
    ),
    ("GET", "/v1/providers/{name}"): Operation(
        "getProvider",
        "Get a provider's information",
        "With the credentials that you stored, in case you do not remember which, and how it does for you.",
        providers.Provider,
        codes=("not-found",),
    ),
    ("PUT", "/v1/providers/{name}"): Operation(
        "addProvider",
        "Add a new provider to your account",
        "Stores your credentials with a provider, encrypted. One that is there already is replaced.",
        answers.Named,
        body=Credentials,
        codes=("provider-invalid", "provider-missing-keys"),
        makes="name",
    ),
    ("POST", "/v1/providers/{name}"): Operation(
        "updateProvider",
        "Update a provider's information",
        "Replaces the credentials: messages that are sent from now on use them.",
        answers.Named,
        body=Credentials,
        codes=("provider-invalid", "provider-missing-keys", "not-found"),
    ),
    ("DELETE", "/v1/providers/{name}"): Operation(
        "deleteProvider",
        "Delete a provider from the account",
        "Messages that were accepted for it and have not gone yet fail with `provider-not-found`.",
        answers.Named,
        codes=("not-found",),
    ),
    ("GET", "/v1/messages"): Operation(
        "listMessages",
        "List all messages",
        "Newest first. Filters can be combined; a value that no message has finds none.",
        answers.Messages,
        paged=True,
        filters=("status", "provider", "type", "invoke_id", "contact"),
        timed=True,
    ),
    ("PUT", "/v1/messages"): Operation(
        "createMessage",
        "Create a new message",
        "Accepts one message: it will be sent through the provider, or fail with a reason.",
        answers.Made,
        body=requests.MessageBody,
        codes=_MESSAGE_CODES,
        makes="message",
    ),
    ("GET", "/v1/messages/{message}"): Operation(
        "getMessage",
        "Get a message",
        "What was asked for, each attempt, what the provider replied, and what became of it.",
        answers.Message,
        codes=("not-found",),
        timed=True,
    ),
    ("GET", "/v1/messages/{message}/events"): Operation(
        "getMessageEvents",
        "Get the story of a message",
        "What happened to it in the order of time, from the log: accepted, planned (of an invoke), asked for; each try "
        "with its time and the provider's words; and what that amounts to.",
        answers.Story,
        codes=("not-found",),
    ),
    ("GET", "/v1/lists"): Operation("listLists", "Get all lists", "By id.", answers.Lists, paged=True, timed=True),
    ("PUT", "/v1/lists"): Operation(
        "createList",
        "Create a new list",
        "An empty list. The `metadata` is any JSON object that you want to keep with it.",
        answers.Made,
        body=requests.ListBody,
        may_be_empty=True,
        codes=("list-metadata-size", "list-limit-reached"),
        makes="list",
    ),
    ("GET", "/v1/lists/{list}"): Operation(
        "getList", "Get a list", "The list's metadata.", answers.List, codes=("not-found",), timed=True
    ),
    ("POST", "/v1/lists/{list}"): Operation(
        "updateList",
        "Update list metadata",
        "Replaces the metadata; without any, removes it.",
        answers.Made,
        body=requests.ListBody,
        may_be_empty=True,
        codes=("list-metadata-size", "not-found"),
    ),
    ("DELETE", "/v1/lists/{list}"): Operation(
        "deleteList",
        "Delete a list",
        "With its contacts. An invoke of it that is running goes on with its own snapshot.",
        answers.Made,
        codes=("not-found",),
    ),
    ("GET", "/v1/lists/{list}/contacts"): Operation(
        "listContacts", "Get all contacts in a list", "By id.", answers.Contacts, codes=("not-found",), paged=True
    ),
    ("PUT", "/v1/lists/{list}/contacts"): Operation(
        "addContacts",
        "Add contacts to the list",
        "All of them or, when one is not valid, none. At most 10,000 in one request.",
        answers.ManyMade,
        body=requests.ContactsBody,
        codes=("list-invalid-contact", "list-contacts-limit-reached", "not-found"),
        makes="contact",
    ),
    ("GET", "/v1/lists/{list}/contacts/{contact}"): Operation(
        "getContact", "Get a single contact in a list", "As it stands now.", answers.Contact, codes=("not-found",)
    ),
    ("POST", "/v1/lists/{list}/contacts/{contact}"): Operation(
        "updateContact",
        "Update contact in a list",
        "Replaces the contact; its id stays.",
        answers.Made,
        body=requests.ContactBody,
        codes=("list-invalid-contact", "not-found"),
    ),
    ("DELETE", "/v1/lists/{list}/contacts/{contact}"): Operation(
        "deleteContact",
        "Delete contact in a list",
        "Invokes that were accepted before go on with it.",
        answers.Made,
        codes=("not-found",),
    ),
    ("GET", "/v1/invokes"): Operation(
        "listInvokes",
        "Get a list of all invokes",
        "Newest first, each with its first contacts.",
        answers.Invokes,
        paged=True,
        timed=True,
    ),
    ("PUT", "/v1/invokes"): Operation(
        "createInvoke",
        "Create a new invoke",
        "Contacts the list as it stands now, whatever is edited afterwards, in the contacts' order and within the "
        "throughput. Each contact is reached through its own provider, with the arguments that `providers` gives for "
        "that provider and type. With `retry_of` instead of `list_id` it contacts only those who failed or were "
        "stopped in an invoke that is over, as that one did unless you give something else.",
        answers.Made,
        body=invoke_requests.InvokeBody,
        or_body=invoke_requests.RetryBody,
        codes=(
            *_MESSAGE_CODES,
            "invoke-invalid-list",
            "invoke-invalid-throughput",
            "invoke-invalid-status",
            "not-found",
        ),
        makes="invoke",
    ),
    ("GET", "/v1/invokes/{invoke}"): Operation(
        "getInvoke",
        "Get the details for an invoke",
        "How far it is, with a page of its contacts in the order in which they are contacted.",
        answers.Invoke,
        codes=("not-found",),
        paged=True,
        timed=True,
    ),
    ("POST", "/v1/invokes/{invoke}"): Operation(
        "changeInvoke",
        "Stop, pause, resume or re-pace a running invoke",
        "`stopped`: at most 2 seconds later no further message starts; those in flight finish and are recorded. "
        "`paused` holds it, `running` lets it go on, another `throughput` replaces the one that it has: each within a "
        "second.",
        answers.Made,
        body=invoke_requests.StatusBody,
        or_body=invoke_requests.ThroughputBody,
        codes=("invoke-invalid-status", "invoke-invalid-throughput", "not-found"),
    ),
    ("DELETE", "/v1/invokes/{invoke}"): Operation(
        "deleteInvoke",
        "Delete an invoke",
        "Removes an invoke that is not running, and its messages.",
        answers.Made,
        codes=("invoke-running", "not-found"),
    ),
    **PEOPLE,
}
