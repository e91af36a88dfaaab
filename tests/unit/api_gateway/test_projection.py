"""Which read models fold which facts."""

from api_gateway import projection
from api_gateway.views import contacts, invokes, messages, plans


def test_every_type_of_the_three_topics_is_folded_or_ignored_on_purpose() -> None:
    carried = {registry.model(name) for registry in projection.TOPICS.values() for name in registry.names()}
    assert set(projection.FOLDS) == carried


def test_every_read_model_has_its_indexes_made() -> None:
    named = {messages.COLLECTION, invokes.COLLECTION, invokes.DELETED, contacts.COLLECTION, plans.COLLECTION}
    assert named <= set(projection.INDEXES)


def test_what_is_written_last_is_folded_before_too() -> None:
    assert all(projection.FOLDS[kind] for kind in projection.FOLDS_LAST)
