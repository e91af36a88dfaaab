from simulator.merging import merged


def test_a_dot_leads_into_an_object_and_leaves_the_rest() -> None:
    event = {"a": {"b": 1, "c": 2}, "d": 3}
    assert merged(event, {"a.b": "x", "e.f": "y", "d": "z"}) == {"a": {"b": "x", "c": 2}, "d": "z", "e": {"f": "y"}}
    assert event == {"a": {"b": 1, "c": 2}, "d": 3}
