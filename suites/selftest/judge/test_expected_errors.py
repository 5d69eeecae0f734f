"""I9: what is expected turns no record red, in its moment."""

import pytest

from harness.judge.invariants.expected_errors import EXPECTED, Expected
from harness.record.events import ClockReading, ConsoleLine, ExpectedError, JournalLine
from suites.selftest.judge.log_lines import FROM_DRBD, HUNG, SOMEWHERE, found
from suites.selftest.node_events import line, members, node_sample, power
from suites.selftest.records import cut, fault, step

FIRST = line(70, "alpha", "kernel", "Linux version 6.1.0-56-cloud-amd64", boot="2")
TOKEN = [
    "  [TOTEM ] A processor failed, forming new configuration: token timed out (3000ms), waiting",
    "  [TOTEM ] Failed to receive the leave message. failed: 1",
]
AMID_FAULT = [
    *(("corosync", text) for text in TOKEN),
    ("kernel", "drbd web: error receiving Data, e: -5 l: 8192!"),
    ("kernel", "drbd shop: PingAck did not arrive in time."),
    ("kernel", "drbd shop: meta connection shut down by peer."),
    ("kernel", "drbd shop: sock_recvmsg returned -104"),
    ("libvirtd", "Unable to find 'dnsmasq' binary in $PATH: No such file or directory"),
]
"""All but the third and fourth captured on the way of a power cut; those two by DRBD's source."""


@pytest.mark.parametrize(("who", "text"), AMID_FAULT)
def test_noise_of_a_fault_is_expected_after_it_began_and_never_without_one(
    who: str, text: str
) -> None:
    noise = line(103, "bravo", who, text, priority=3)
    assert found(cut(100, "alpha"), noise) == []
    assert len(found(noise)) == len(found(noise, cut(104, "alpha"))) == 1


def test_noise_ends_some_time_after_the_last_lift() -> None:
    done = [fault(100, "alpha"), step(150, "lifted"), step(151, "gone")]
    again = [fault(200, "bravo", name="second"), step(300, "lifted", name="second")]
    noise = [line(at_s, "bravo", *AMID_FAULT[3]) for at_s in (269, 271, 419, 421)]
    errors = [n.model_copy(update={"priority": 3}) for n in noise]
    assert found(done, errors[:1]) == []
    assert len(found(done, errors[1:2])) == 1
    assert found(done, again, errors[1:3]) == []
    assert len(found(done, again, errors[3:])) == 1
    assert found(done, again[:1], errors) == []


def test_a_token_is_lost_only_while_a_fault_is_in_place_or_soon_after_a_change() -> None:
    done = [fault(100, "alpha"), step(150, "lifted")]
    lost = line(155, "bravo", "corosync", TOKEN[0])
    assert len(found(done, lost)) == 1
    assert found(done, power(151, "alpha", "started"), lost) == []
    assert found(done, members(96, "bravo"), lost) == []
    assert len(found(done, members(94, "bravo"), lost)) == 1


def test_a_token_that_is_lost_for_no_reason_is_not_excused_by_what_follows() -> None:
    lost = line(100, "bravo", "corosync", TOKEN[0])
    assert len(found(lost, members(103.6, "bravo"), power(105, "alpha"))) == 1


EARLY = [
    line(
        89, "alpha", "pacemaker-controld", f" error: Could not {text}: Connection refused", boot="2"
    )
    for text in (
        "connect to attrd",
        "update attribute #feature-set=3.16.1 for cluster node arbiter",
    )
]
"""Captured from another failover: a race that few rejoining nodes lose."""
BOOT_BEFORE = line(1, "alpha", "kernel", "hello")


@pytest.mark.parametrize("noise", EARLY, ids=["connect", "update"])
def test_noise_of_a_boot_is_expected_soon_after_that_boot_alone(noise: JournalLine) -> None:
    assert found(BOOT_BEFORE, FIRST, noise) == []
    late = noise.model_copy(update={"at_s": 131.0})
    assert len(found(BOOT_BEFORE, FIRST, late)) == 1
    elsewhere = noise.model_copy(update={"node": "bravo"})
    assert (
        len(found(BOOT_BEFORE, FIRST, line(1, "bravo", "kernel", "hello", boot="2"), elsewhere))
        == 1
    )


def test_the_life_that_the_test_began_with_did_not_boot_in_it() -> None:
    noise = EARLY[0].model_copy(update={"at_s": 3.0, "boot": "1"})
    assert len(found(BOOT_BEFORE, noise)) == 1


def test_libvirt_looks_for_dnsmasq_at_a_boot_too() -> None:
    text = "Unable to find 'dnsmasq' binary in $PATH: No such file or directory"
    noise = line(95, "alpha", "libvirtd", text, boot="2", priority=3)
    assert found(BOOT_BEFORE, FIRST, noise) == []


@pytest.mark.parametrize("linux", ["", "kvm: "], ids=["6.1", "6.12"])
def test_a_guests_kernel_that_starts_tries_the_processors_counters(linux: str) -> None:
    probe = "vcpu0, guest rIP: 0xffffffff81073744 Unhandled WRMSR(0xc0010007) = 0xffff"
    text = f"{linux}kvm [1529]: {probe}"
    tried = line(30, "bravo", "kernel", text, priority=3)
    assert found(node_sample(40, "bravo", runs="web", born_s=25), tried) == []
    assert len(found(node_sample(90, "bravo", runs="web", born_s=31), tried)) == 1
    assert len(found(node_sample(40, "alpha", runs="web", born_s=25), tried)) == 1
    late = tried.model_copy(update={"at_s": 86.0})
    assert len(found(node_sample(40, "bravo", runs="web", born_s=25), late)) == 1


def test_an_attribute_manager_that_crashes_is_reported() -> None:
    text = " error: pacemaker-attrd[257] terminated with signal 9 (Killed)"
    crash = line(88, "alpha", "pacemakerd", text, boot="2")
    assert found(BOOT_BEFORE, FIRST, crash, EARLY) == [f"alpha: pacemakerd:{text}"]


def test_a_connection_of_the_harness_that_was_given_up_is_nobodys_fault() -> None:
    text = "error: kex_exchange_identification: Connection closed by remote host"
    assert found(line(1, "bravo", "sshd", text, priority=3)) == []
    assert len(found(line(1, "bravo", "sshd", "error: no host key", priority=3))) == 1


def test_a_replica_that_is_taken_down_goes_alone_and_one_that_stays_alone_is_a_breach() -> None:
    texts = [
        "drbd web: peer( Secondary -> Unknown ) conn( Connected -> Disconnecting ) ",
        "drbd web: conn( Disconnecting -> StandAlone ) ",
        "drbd web: receiver terminated",
        "block drbd1: disk( UpToDate -> Failed ) ",
        "block drbd1: disk( Failed -> Diskless ) ",
        "drbd web: Terminating drbd_w_web",
    ]
    down = [line(n, "bravo", "kernel", text) for n, text in enumerate(texts)]
    assert found(down) == []
    assert found(down[:3]) == ["bravo: kernel: drbd web: conn( Disconnecting -> StandAlone )"]
    other = line(5, "bravo", "kernel", "drbd shop: Terminating drbd_w_shop")
    assert len(found(down[:3], other)) == 1
    assert len(found(down[:3], line(5, "alpha", "kernel", texts[5]))) == 1
    assert len(found(down[3], other)) == 1


WHY = "Refusing to be Primary while peer is not outdated"
REFUSED = (
    ("bravo", f"drbd shop/0 drbd2: State change failed: {WHY}"),
    ("bravo", "drbd shop/0 drbd2:   state = { cs:Connected ro:Primary/Secondary ds:UpToDate }"),
    ("bravo", "drbd shop/0 drbd2:  wanted = { cs:TearDown ro:Primary/Unknown ds:UpToDate }"),
    ("bravo", f"drbd shop: State change failed: {WHY}"),
    ("bravo", "drbd shop:  mask = 0x1f0 val = 0x70"),
    ("bravo", "drbd shop:  old_conn:WFReportParams wanted_conn:TearDown"),
    ("alpha", f"drbd shop: Requested state change failed by peer: {WHY} (-7)"),
    ("alpha", "drbd shop: conn( Connected -> Disconnecting ) disk( UpToDate -> Outdated ) "),
)
"""Captured, and shortened, when a node was put into standby whose peer ran the guest."""


def test_a_secondary_that_is_taken_down_leaves_its_primary_as_outdated() -> None:
    texts = [line(n, node, "kernel", text, priority=3) for n, (node, text) in enumerate(REFUSED, 3)]
    assert found(cut(1, "alpha"), texts[:-1], texts[-1].model_copy(update={"priority": 6})) == []
    assert found(texts[:-1])[-1] == "and 2 more"
    promotion = texts[2].model_copy(
        update={"text": "drbd shop/0 drbd2:  wanted = { cs:WFConnection ro:Primary/Unknown }"}
    )
    assert len(found(cut(1, "alpha"), texts[0], promotion)) == 2


def test_a_warning_is_expected_only_from_where_it_is_known_to_come() -> None:
    known = [line(n, "bravo", "kernel", text) for n, text in enumerate([SOMEWHERE, *FROM_DRBD], 3)]
    other = line(3.5, "alpha", "kernel", SOMEWHERE)
    assert found(cut(1, "alpha"), known) == []
    assert found(cut(1, "alpha"), known[0], other, known[1:]) == [f"alpha: kernel: {SOMEWHERE}"]
    assert len(found(known)) == 1


def test_each_expected_line_has_its_reason() -> None:
    assert all(expected.why for expected in EXPECTED)
    assert Expected("x", "because").within is None


@pytest.mark.parametrize(
    ("at_s", "pattern", "red"),
    [
        (0, r"^kernel: INFO: task drbd_w_web:\d+ blocked", False),
        (0, r"^kernel: INFO: task drbd_w_shop:\d+ blocked", True),
        (5, r"^kernel: INFO: task drbd_w_web:\d+ blocked", True),
    ],
    ids=["this one", "another", "declared too late"],
)
def test_a_test_declares_its_own_noise_before_it_comes(
    at_s: float, pattern: str, red: bool
) -> None:
    declared = ExpectedError(at_s=at_s, pattern=pattern, why="the backing device hangs")
    assert bool(found(declared, line(2, "bravo", "kernel", HUNG))) is red
    shown = ConsoleLine(at_s=2, machine="web", text=f"[  243.118233] {HUNG}")
    assert bool(found(declared, shown)) is red


def test_a_line_may_come_before_its_declaration_by_the_uncertainty_of_its_clock() -> None:
    declared = ExpectedError(at_s=2.1, pattern="blocked for more", why="the backing device hangs")
    hung = line(2, "bravo", "kernel", HUNG)
    clock = ClockReading(
        at_s=9, node="bravo", boot="1", reader="journals", offset_s=0, uncertainty_s=0.15
    )
    assert len(found(declared, hung)) == 1
    assert found(declared, hung, clock) == []


def test_noise_may_come_after_its_moment_by_the_uncertainty_of_its_clock() -> None:
    done = [fault(100, "alpha"), step(150, "lifted")]
    noise = line(270.1, "bravo", *AMID_FAULT[3], priority=3)
    clock = ClockReading(
        at_s=9, node="bravo", boot="1", reader="journals", offset_s=0, uncertainty_s=0.15
    )
    assert len(found(done, noise)) == 1
    assert found(done, noise, clock) == []
