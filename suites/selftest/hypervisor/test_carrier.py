"""A cable is in or out: on the machine, and at its next start."""

import pytest
from lxml import etree

from harness.lab.domain_xml import card_of, with_link
from harness.lab.hypervisor import Hypervisor
from suites.selftest.hypervisor.machine import MAC, MACHINE, OTHER

libvirt = pytest.importorskip("libvirt")


def test_a_cable_is_in_until_it_is_pulled(hypervisor: Hypervisor) -> None:
    assert hypervisor.carrier("alpha", MAC)


@pytest.mark.parametrize("on", [False, True], ids=["off", "running"])
def test_a_cable_is_pulled_on_the_machine_and_for_its_next_start(
    hypervisor: Hypervisor, on: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test driver knows no cables, so what it is told is looked at."""
    told: list[tuple[str, int]] = []
    monkeypatch.setattr(
        libvirt.virDomain, "updateDeviceFlags", lambda _, xml, flags: told.append((xml, flags))
    )
    if on:
        hypervisor.power_on("alpha")
    hypervisor.set_carrier("alpha", MAC, up=False)
    live, config = libvirt.VIR_DOMAIN_AFFECT_LIVE, libvirt.VIR_DOMAIN_AFFECT_CONFIG
    assert [flags for _, flags in told] == ([live, config] if on else [config])
    for xml, _ in told:
        assert MAC in xml
        assert 'state="down"' in xml


@pytest.mark.parametrize("pulled", ["now", "next start"])
def test_a_cable_counts_as_out_if_it_is_out_now_or_at_the_next_start(
    hypervisor: Hypervisor, pulled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = MACHINE.replace(f"'{MAC}'/>", f"'{MAC}'/><link state='down'/>")
    texts = {"now": [out, MACHINE], "next start": [MACHINE, out]}[pulled]
    monkeypatch.setattr(libvirt.virDomain, "XMLDesc", lambda _, flags=0: texts[bool(flags)])
    assert not hypervisor.carrier("alpha", MAC)
    assert hypervisor.carrier("alpha", OTHER)


@pytest.mark.parametrize(("up", "state"), [(True, "up"), (False, "down")])
def test_a_card_has_one_link_state(up: bool, state: str) -> None:
    card = card_of(MACHINE, MAC)
    for _ in range(2):
        card = etree.fromstring(with_link(card, up=up))
    assert [link.get("state") for link in card.findall("link")] == [state]


def test_a_card_that_is_not_there_is_an_error() -> None:
    with pytest.raises(LookupError, match="no network card 52:54:00:00:00:00"):
        card_of(MACHINE, "52:54:00:00:00:00")
