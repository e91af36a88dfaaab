"""The documents' own requests, verbatim: only host and credentials are changed."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from local_stack.client import client_of
from local_stack.demo import PROVIDERS
from local_stack.system import Credentials, System
from tests.e2e.api import World
from tests.e2e.documents import FOLDER, Sample, differences, read
from tests.e2e.sample_runs import LANGUAGES

TEXT = "dapi-b.txt"
REFUSED: Mapping[tuple[str, str], tuple[int, str, str]] = {
    ("curl", "Update list metadata"): (400, "json-invalid", "a comma before the closing brace"),
    ("python", "Update list metadata"): (405, "method-not-allowed", "it posts to /v1/lists, and never its payload"),
    ("python", "Update contact in a list"): (400, "content-type-invalid", "its payload is built and never passed"),
}
"""Samples that can not work as they are written: what they get instead, and why."""
ABSENT: Mapping[str, str] = {
    "/provider_reply/error-text": "the provider says it of a refusal only, and the sample's message is completed",
    "/messages/0/provider_reply/error-text": "the same, in the list of messages",
}
"""What an answer does not have although it is shown, and why."""
INSTEAD: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("python", "Get all the providers in the account"): {"name": "", "credentials": {}},
}
"""It asks for one provider, and gets that one."""
NOT_SHOWN: Mapping[str, Mapping[str, Any]] = {
    "Authentication": {"providers": []},
    "Add a new provider to your account": {"name": ""},
    "Update a providers information": {"name": ""},
    "Delete a provider from the account": {"name": ""},
    "Update contact in a list": {"id": ""},
    "Delete contact in a list": {"id": ""},
    "Delete a list": {"id": ""},
    "Stop a running invoke": {"id": ""},
    "Delete an invoke": {"id": ""},
}
"""Answers that the document leaves out, as they are settled: what was acted on."""
AMAZON = {"ACCESS_KEY": "AKIAIOSFODNN7EXAMPLE", "AUTH_TOKEN": "wJalrXUtnFEMI", "REGION_NAME": "us-west-2"}
METADATA = {"name": "Test", "description": "This is a test list"}
PAIR = [
    {"type": "sms", "provider": "twilio", "order": "1", "contact": "+31612345678"},
    {"type": "email", "provider": "mailgun", "order": "2", "contact": "support@dapi.io"},
]


class Stage:
    """The account that the samples are about to use."""

    def __init__(self, system: System, stack: AsyncExitStack) -> None:
        self._system, self._stack = system, stack
        self.credentials: Credentials
        self.world: World

    async def bare(self) -> None:
        """A new account that has nothing."""
        self.credentials = await self._system.create_account()
        client = await self._stack.enter_async_context(client_of(self._system.url, self.credentials))
        self.world = World(self._system, client)

    async def start_over(self) -> None:
        """A new account, with the providers of the samples' messages."""
        await self.bare()
        for name, keys in PROVIDERS.items():
            await self.call("PUT", f"/v1/providers/{name}", dict(keys))

    async def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """As a client of the account."""
        return await self.world.client.call(method, path, body)

    async def amazon(self) -> None:
        """The provider again: the samples have deleted it."""
        await self.call("PUT", "/v1/providers/amazon-ses", AMAZON)

    async def sent(self) -> None:
        """Message 1 has been sent."""
        await self.world.message_until("1", "completed")

    async def a_list(self) -> None:
        """One more list, as the samples describe it."""
        await self.call("PUT", "/v1/lists", {"metadata": METADATA})

    async def list_1(self) -> None:
        """A list 1: the samples have deleted theirs."""
        await self.start_over()
        await self.a_list()

    async def list_42(self) -> None:
        """List 42: the two contacts of the samples, and enough after them for an invoke that runs for a while."""
        await self.start_over()
        for _ in range(42):
            await self.a_list()
        crowd = [{**PAIR[0], "order": "3", "contact": f"+44770{n:07}"} for n in range(600)]
        await self.call("PUT", "/v1/lists/42/contacts", {"contacts": PAIR + crowd})

    async def planned(self) -> None:
        """The newest invoke shows whom it contacts."""
        newest = (await self.call("GET", "/v1/invokes"))["invokes"][0]["id"]
        await self.world.until(newest, 1)

    async def an_invoke(self) -> None:
        """One more: the samples have deleted theirs."""
        await self.world.invoke("42", throughput={"sms": {"mps": "10"}})
        await self.planned()


BEFORE: Mapping[str, Callable[[Stage], Awaitable[None]]] = {
    "Authentication": Stage.bare,
    "Get all the providers in the account": Stage.amazon,
    "Create a new message": Stage.start_over,
    "Get a message": Stage.sent,
    "Create a new list": Stage.start_over,
    "Get all lists": Stage.a_list,
    "Get a list": Stage.list_1,
    "Create a new invoke": Stage.list_42,
    "Get the details for an invoke": Stage.planned,
    "Get a list of all invokes": Stage.an_invoke,
}
"""What a sample presumes and those before it do not leave behind."""


@pytest.fixture
async def stage(system: System) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        yield Stage(system, stack)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_sample_of_the_document_is_answered_as_it_shows(
    stage: Stage, system: System, language: str, tmp_path: Path
) -> None:
    samples = [sample for sample in read(TEXT) if sample.language == language]
    wrong: list[str] = []
    async with LANGUAGES[language](tmp_path) as run:
        for sample in samples:
            await BEFORE.get(sample.title, _nothing)(stage)
            account = stage.credentials
            status, answer = await run(sample.against(system.url, account.user_id, account.user_secret))
            wrong += [f"{sample}: {problem}" for problem in problems(sample, status, answer)]
    assert not wrong, "\n".join(wrong)


async def _nothing(stage: Stage) -> None:
    """The samples before left all that is needed."""


def problems(sample: Sample, status: int, answer: dict[str, Any]) -> list[str]:
    """How the answer is not what the document says."""
    if slip := REFUSED.get((sample.language, sample.title)):
        expected = slip[:2]
        return [] if (status, answer.get("error-code")) == expected else [f"{status} {answer}, not {expected}"]
    shown = INSTEAD.get((sample.language, sample.title)) or sample.shown or NOT_SHOWN[sample.title]
    code = shown.get("error-code") or None
    if status != (400 if code else 200) or (code and answer.get("error-code") != code):
        return [f"{status} {answer}"]
    return [d for d in differences(shown, answer) if d.removesuffix(" is not there") not in ABSENT]


async def test_the_update_of_metadata_works_without_the_comma(stage: Stage, system: System, tmp_path: Path) -> None:
    sample = next(s for s in read(TEXT) if (s.language, s.title) == ("curl", "Update list metadata"))
    await stage.list_1()
    source = sample.against(system.url, stage.credentials.user_id, stage.credentials.user_secret)
    async with LANGUAGES["curl"](tmp_path) as run:
        assert await run(source.replace('"New name",', '"New name"')) == (200, {"id": "1"})
    assert (await stage.call("GET", "/v1/lists/1"))["metadata"] == {"name": "New name"}


def test_no_sample_is_overlooked() -> None:
    text, samples = (FOLDER / TEXT).read_text(), read(TEXT)
    languages = [sample.language for sample in samples]
    assert languages.count("curl") == text.count("$ curl") > 20
    assert languages.count("python") == text.count("import requests") > 20
    excepted = {title for _, title in [*REFUSED, *INSTEAD]} | NOT_SHOWN.keys() | BEFORE.keys()
    assert excepted <= {sample.title for sample in samples}


def test_a_checkout_without_the_document_is_told_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tests.e2e.documents.FOLDER", tmp_path)
    with pytest.raises(FileNotFoundError, match="must be in shared/seeds beside the checkout"):
        read(TEXT)
