"""What was written once is read for ever."""

from datetime import datetime
from decimal import Decimal

import orjson
import pytest
from pydantic import BaseModel

from dapi_common.events import envelope
from dapi_common.events.asyncapi import DESCRIBED
from dapi_common.ranges import RangeSet
from tests.contract.events.golden import MODELS, REGISTRIES, SAMPLES, Sample

each_sample = pytest.mark.parametrize("sample", SAMPLES, ids=str)


def test_every_type_has_a_sample_of_each_version_from_the_first() -> None:
    versions = {kind: [sample.version for sample in SAMPLES if sample.type == kind] for kind in MODELS}
    assert {sample.type for sample in SAMPLES} == set(MODELS)
    assert all(sorted(found) == list(range(1, len(found) + 1)) for found in versions.values())


@pytest.mark.parametrize("kind", MODELS)
def test_the_newest_sample_has_every_field_and_says_what_a_missing_one_means(kind: str) -> None:
    newest = max((sample for sample in SAMPLES if sample.type == kind), key=lambda sample: sample.version)
    fields = MODELS[kind].model_fields
    assert set(newest.value) == set(fields)
    assert set(newest.missing) == {name for name, field in fields.items() if not field.is_required()}


@each_sample
def test_a_sample_decodes_to_its_type_and_encodes_to_an_equal_value(sample: Sample) -> None:
    payload = sample.decode(sample.value)
    assert type(payload) is REGISTRIES[sample.topic].model(sample.type)
    assert orjson.loads(payload.encode()) == sample.value
    assert payload.decode(payload.encode()) == payload


@each_sample
def test_a_missing_field_means_what_it_always_meant(sample: Sample) -> None:
    least = {name: value for name, value in sample.value.items() if name not in sample.missing}
    payload = sample.decode(least)
    meant = payload.model_dump(mode="json", include=set(sample.missing))
    assert meant == sample.missing
    assert orjson.loads(payload.encode()) == least


@each_sample
def test_the_envelope_is_the_one_that_is_written_today(sample: Sample) -> None:
    at = datetime.fromisoformat(sample.headers["ce_time"]).timestamp()
    payload = sample.decode(sample.value)
    written = envelope.headers(payload, sample.headers["ce_source"], sample.headers["ce_id"], at)
    assert {name: data.decode() for name, data in written} == sample.headers


@each_sample
def test_a_record_has_the_key_of_its_topic(sample: Sample) -> None:
    keys = {described.topic.name: described.topic.key for described in DESCRIBED}
    assert (keys[sample.topic] == "account") == (sample.key == sample.value["account"])


@each_sample
def test_fields_of_a_newer_writer_are_passed_over_wherever_they_are(sample: Sample) -> None:
    payload = sample.decode(sample.value)
    assert sample.decode(_newer(payload)) == payload


def _newer(part: object) -> object:
    """The part as JSON, with a field more in each object whose fields we name."""
    match part:
        case BaseModel():
            known = {name: _newer(value) for name, value in part if value is not None}
            return {**known, "added_later": {"by": ["a newer writer"]}}
        case list() | tuple() | RangeSet():
            return [_newer(item) for item in part]
        case dict():
            return {str(key): _newer(value) for key, value in part.items()}
        case Decimal():
            return str(part)
        case _:
            return part
