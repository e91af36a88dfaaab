"""What a seed draws."""

from random import Random

from tests.faults.faults import LINKS, LONG, SERVERS, SIGNALS, VICTIMS, WIRES, at_random, every_fault_once


def test_every_fault_comes_once() -> None:
    faults = every_fault_once(Random(5), within=100.0)
    names = {process: victim for victim, processes in VICTIMS.items() for process in processes}
    drawn = [(names[fault.process], fault.kind) for fault in faults]
    assert sorted(drawn) == sorted((victim, kind) for victim in VICTIMS for kind in (*SIGNALS, *WIRES))
    assert [fault.at for fault in faults] == sorted(fault.at for fault in faults)
    assert faults[-1].at < 100.0


def test_a_seed_is_a_run_and_another_is_another() -> None:
    assert at_random(Random(5), 600.0, every=5.0) == at_random(Random(5), 600.0, every=5.0)
    assert at_random(Random(5), 600.0, every=5.0) != at_random(Random(6), 600.0, every=5.0)


def test_a_long_run_kills_everybody_and_freezes_for_half_a_minute() -> None:
    faults = at_random(Random(5), 1800.0, every=5.0, lengths=LONG)
    assert 250 < len(faults) < 500
    killed = {fault.process for fault in faults if fault.kind == "kill"}
    assert killed == {process for processes in VICTIMS.values() for process in processes}
    assert {fault.seconds for fault in faults if fault.kind == "stop"} == {30.0}


def test_trouble_on_a_wire_concerns_a_wire_of_the_victim() -> None:
    for fault in at_random(Random(5), 1800.0, every=5.0):
        if fault.kind in SIGNALS:
            assert not fault.links
            continue
        assert set(fault.links) <= set(LINKS)
        assert all(fault.process in link for link in fault.links)
        wanted = [link for link in LINKS if link[1] == fault.process] if fault.process in SERVERS else fault.links[:1]
        assert list(fault.links) == list(wanted)
