"""Messages of invokes whose requests are not in the log any more: `dapi.sends` is kept for days, everything else that
makes up such a message for ever (docs/decisions/0007). Its plan says whom it was for, its invoke with which arguments,
what became of it when it was asked for."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Final

from pydantic import TypeAdapter

from api_gateway.views import messages, pages
from api_gateway.views.documents import integer, listed, number, unpacked
from dapi_common.bus.port import Record
from dapi_common.contacts import PLAN_CHUNK, PLANS
from dapi_common.events.sends import SendRequested
from dapi_common.events.shapes import JsonObject, Offer, PlannedContact
from dapi_common.ids import InvokeId, invoke_message_id
from dapi_common.provider import catalog
from dapi_common.store.port import Document, Rebuildable, Store, Upsert, Write
from dapi_common.unreached import INVOKES

_OFFERS: Final = TypeAdapter(list[Offer])
_NOWHERE: Final = Record("", 0, 0, b"", None, (), 0.0)
"""What a request that is not in the log is read from."""


async def restored(store: Rebuildable) -> AsyncIterator[list[Write]]:
    """What makes known the messages of which only facts are known, an invoke's chunk at a time. Where every request
    was folded, there are none."""
    async for invokes in store.scan(INVOKES):
        for invoke in invokes:
            if "first_n" in invoke:
                async for writes in _of_invoke(store, invoke):
                    yield writes


async def _of_invoke(store: Store, invoke: Document) -> AsyncIterator[list[Write]]:
    of_invoke, first, total = str(invoke["_id"]), integer(invoke, "first_n"), integer(invoke, "total")
    for start in range(0, total, PLAN_CHUNK):
        places = pages.pieces(of_invoke, first - 1 + start, first - 1 + min(start + PLAN_CHUNK, total))
        found = [
            document
            for place in places
            for document in await store.find(messages.COLLECTION, {"place_in_invoke": place, "n": None})
        ]
        if found:
            yield await _chunk(store, invoke, start // PLAN_CHUNK, {str(one["_id"]): one for one in found})


async def _chunk(store: Store, invoke: Document, chunk: int, unknown: Mapping[str, Document]) -> list[Write]:
    key = f"{invoke['_id']}/{chunk}"
    plan = (await store.get(PLANS, [key])).get(key)
    if plan is None:
        return []
    writes: list[Write] = []
    for place, entry in enumerate(listed(plan, "contacts")):
        request = _request(invoke, chunk * PLAN_CHUNK + place, PlannedContact.model_validate(entry))
        document = unknown.get(messages.document_id(request.account, request.message_id))
        if document is not None:
            at = _requested_at(document, plan)
            writes += messages.fold(request.model_copy(update={"at": at}), _NOWHERE)
    return [replace(write, new=False) if isinstance(write, Upsert) else write for write in writes]


def _requested_at(message: Document, plan: Document) -> float:
    """Facts that are older than `requested_at` do not say it: then the time of the plan, which is a little earlier."""
    return -number(message, "minus_created") if "minus_created" in message else number(plan, "at")


def _request(invoke: Document, index: int, contact: PlannedContact) -> SendRequested:
    """As the planner made it, as far as the message's document shows it."""
    name = InvokeId(str(invoke["number"]))
    return SendRequested.model_validate(
        {
            "account": invoke["account"],
            "message_id": invoke_message_id(name, contact.contact_id),
            "n": integer(invoke, "first_n") + index,
            "invoke_id": name,
            "index": index,
            "contact_id": contact.contact_id,
            "address": contact.address,
            "provider": contact.provider,
            "channel": contact.channel,
            "arguments": _arguments(invoke, contact),
            "credentials": "",
            "account_mps": 1,
            "deadline": 0.0,
            "at": 0.0,
        }
    )


def _arguments(invoke: Document, contact: PlannedContact) -> JsonObject:
    for offer in _OFFERS.validate_python(unpacked(invoke["offers"])):
        if offer.provider == contact.provider and offer.channel == contact.channel:
            return catalog.addressed(contact.provider, contact.channel, offer.arguments, contact.address)
    return {}
