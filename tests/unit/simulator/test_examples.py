import shlex

import orjson
import pytest
from pydantic import BaseModel

from simulator.accounts import Account
from simulator.examples import EXAMPLES, Example
from simulator.receipts import InboundPlan
from simulator.scripts import Script
from simulator.stage import Settings

MODELS: dict[str, type[BaseModel]] = {
    "_scripts": Script,
    "_settings": Settings,
    "_accounts": Account,
    "_inbound": InboundPlan,
}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one.title)
def test_what_people_paste_is_what_the_simulator_reads(example: Example) -> None:
    curl, _, method, url, _, body = shlex.split(example.curl("localhost:9100"))
    host, section, *_ = url.split("/")
    assert (curl, method, host) == ("curl", example.method, "localhost:9100")
    MODELS[section].model_validate_json(body)
    assert orjson.loads(body) == example.body
