"""Faults that a node injects with its own tools: each by the commands that do, see and undo it."""

from dataclasses import dataclass

import pytest

from harness.faults.altered_file import AlteredFile
from harness.faults.fault import Fault
from harness.faults.fence_agent import FaultyFenceAgent
from harness.faults.guest import PausedGuest
from harness.faults.guest_panic import PanickedGuest
from harness.faults.ping_target import LostPingTarget
from harness.faults.replica_table import BadReplica
from harness.faults.resync import SlowResync
from harness.faults.service import RestartedService, StoppedService
from harness.faults.slow_traffic import SlowTraffic
from harness.faults.storage import ExhaustedInodes
from harness.faults.system_disk import FailedSystemDisk
from harness.faults.volume_group import FullVolumeGroup
from harness.plan.load import load
from suites.selftest.fakes import FakeTarget

PLAN = load()
HOST, GUEST = PLAN.data_nodes[0], PLAN.guests["web"]


@dataclass(frozen=True)
class Case:
    """A fault, and a part of the command of each of its steps."""

    fault: Fault
    inject: str
    bites: str
    gone: str
    lift: str


CASES = [
    Case(
        LostPingTarget(HOST),
        inject="egress device eth2 .*\n.* ip daddr 10.77.2.1 icmp type echo-request counter ether ",
        bites="^ping .* 10.77.2.1 > /dev/null; nft list table netdev quorate | grep",
        gone="^ping -c 1 -W 1 10.77.2.1 > /dev/null$",
        lift="nft delete table netdev quorate",
    ),
    Case(
        SlowTraffic(HOST, ("lan",), delay_ms=200),
        inject="^tc qdisc add dev eth2 root netem delay 200ms$",
        bites=r"^ping -c 1 .* 10.77.2.1 .* && \$5 >= 200 { print }' | grep -q .$",
        gone="^{ ! tc qdisc show dev eth2 | grep -q netem; }$",
        lift="^! tc qdisc show dev eth2 | grep -q netem || tc qdisc delete dev eth2 root$",
    ),
    Case(
        SlowTraffic(HOST, ("lan",), rate_kbit=1000),
        inject="^tc qdisc add dev eth2 root netem rate 1000kbit$",
        bites=r"^ping -c 1 .* -s 1400 10.77.2.1 .* && \$5 >= 11 { print }' | grep -q .$",
        gone="^{ ! tc qdisc show dev eth2 | grep -q netem; }$",
        lift="^! tc qdisc show dev eth2 | grep -q netem || tc qdisc delete dev eth2 root$",
    ),
    Case(
        FaultyFenceAgent((HOST,), "slow"),
        inject="^cp /usr/sbin/fence_virt .* && mount --bind .* /usr/sbin/fence_virt$",
        bites="^grep -q ' /usr/sbin/fence_virt ' /proc/mounts$",
        gone="^! grep -q ' /usr/sbin/fence_virt ' /proc/mounts$",
        lift=r"umount /usr/sbin/fence_virt && rm -f /var/quorate\.",
    ),
    Case(
        RestartedService(HOST, "corosync"),
        inject="> /run/quorate.invocation && systemctl --no-block restart corosync$",
        bites="^\ntest -s /run/quorate.invocation && { .*InvocationID --value corosync",
        gone="^systemctl is-active --quiet corosync && ! test -e /run/quorate.invocation$",
        lift="^systemctl is-active --quiet corosync && rm -f /run/quorate.invocation$",
    ),
    Case(
        BadReplica(HOST, GUEST, "slow"),
        inject=r'echo "0 \$sectors delay \$device \$offset 200" \| { dmsetup load vg_guests-web &&',
        bites="^dmsetup table vg_guests-web | grep -q ' delay '$",
        gone="^! test -e /run/quorate.table-web$",
        lift="< /run/quorate.table-web && rm /run/quorate.table-web",
    ),
    Case(
        BadReplica(HOST, GUEST, "forgetful"),
        inject=r"flakey \$device \$offset 0 86400 1 drop_writes",
        bites="^dmsetup table vg_guests-web | grep -q ' flakey '$",
        gone="^! test -e /run/quorate.table-web$",
        lift="< /run/quorate.table-web && rm /run/quorate.table-web",
    ),
    Case(
        StoppedService(HOST, "libvirtd"),
        inject=r"^systemctl stop libvirtd \$\(systemctl show --property TriggeredBy .* libvirtd\)$",
        bites="^! systemctl is-active --quiet libvirtd$",
        gone="^systemctl is-active --quiet libvirtd$",
        lift=r"^systemctl start libvirtd \$\(",
    ),
    Case(
        SlowResync(HOST, GUEST, 200),
        inject="--c-plan-ahead=0 --resync-rate=200k web &&\ndrbdadm invalidate web$",
        bites="^test -e /run/quorate.resync-web && drbdadm dstate web | grep -q .Inconsistent/$",
        gone="^! test -e /run/quorate.resync-web$",
        lift="drbdadm adjust web && rm /run/quorate.resync-web",
    ),
    Case(
        PausedGuest(GUEST, HOST),
        inject="^virsh .* suspend web$",
        bites="^virsh .* domstate web | grep -qx paused$",
        gone="^! { virsh .* domstate web | grep -qx paused; }$",
        lift="resume web$",
    ),
    Case(
        ExhaustedInodes(HOST, "/var"),
        inject="^\nmkdir -p /var/quorate.inodes && cd /var/quorate.inodes",
        bites="^touch /var/quorate.try && rm /var/quorate.try$",
        gone="^touch /var/quorate.try && rm /var/quorate.try$",
        lift="^rm -rf /var/quorate.inodes /var/quorate.try$",
    ),
    Case(
        FailedSystemDisk(HOST),
        inject="mdadm .* --fail .*virtio-system2-part.* --remove failed",
        bites="^grep -c .*2/1.* /proc/mdstat",
        gone="^grep -c .*2/2.* /proc/mdstat",
        lift="mdadm .* --re-add .leg",
    ),
    Case(
        FullVolumeGroup(HOST),
        inject="^lvcreate .* --name quorate_fill --extents 100%FREE vg_guests$",
        bites="vg_free_count vg_guests",
        gone="^! test -e /dev/vg_guests/quorate_fill$",
        lift="lvremove --quiet --yes vg_guests/quorate_fill$",
    ),
    Case(
        PanickedGuest(GUEST, HOST),
        inject="event web reboot .* > /run/quorate.reboot-web .*\n.*inject-nmi web$",
        bites="^grep -q reboot /run/quorate.reboot-web$",
        gone="^! test -e /run/quorate.reboot-web$",
        lift="^rm -f /run/quorate.reboot-web$",
    ),
    Case(
        AlteredFile(HOST, "/etc/a.conf", "s/1/2/", "reload a"),
        inject="^cp -p /etc/a.conf /etc/a.conf.quorate && sed -i -E s/1/2/ /etc/a.conf && ! cmp",
        bites="^test -e /etc/a.conf.quorate && ! cmp -s /etc/a.conf /etc/a.conf.quorate$",
        gone="^! test -e /etc/a.conf.quorate$",
        lift="cp -p /etc/a.conf.quorate /etc/a.conf && reload a && rm /etc/a.conf.quorate; }$",
    ),
]
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.fault.name)


@every_case
def test_it_is_injected_and_lifted_on_its_victim(target: FakeTarget, case: Case) -> None:
    target.shell.answer(case.inject)
    case.fault.inject(target)
    target.shell.answer(case.lift)
    case.fault.lift(target)
    assert [node for node, _ in target.shell.asked] == [HOST.name, HOST.name]


@every_case
def test_it_bites_until_it_is_gone(target: FakeTarget, case: Case) -> None:
    harmful = case.bites == case.gone
    for there in (True, False):
        target.shell.answer(case.gone, code=int(there))
        target.shell.answer(case.bites, code=int(there is harmful))
        assert case.fault.bites(target) is there
        target.shell.answer(case.gone, code=int(there))
        assert case.fault.gone(target) is not there


@every_case
def test_on_a_node_that_does_not_answer_it_is_not_gone(target: FakeTarget, case: Case) -> None:
    target.shell.silent.add(HOST.name)
    assert case.fault.gone(target) is False
    assert case.fault.bites(target) is isinstance(case.fault, ExhaustedInodes)


@pytest.mark.parametrize(
    ("how", "act"),
    [
        ("slow", 'sleep 5; ask "$@"\n'),
        ("slow to confirm", 'ask "$@"; code=$?; sleep 5; exit $code\n'),
        ("refusing", "exit 1\n"),
    ],
)
def test_the_fence_agent_is_covered_by_a_program(target: FakeTarget, how: str, act: str) -> None:
    target.shell.answer("mount --bind")
    FaultyFenceAgent(PLAN.data_nodes, how, 5).inject(target)  # type: ignore[arg-type]
    assert [node for node, _ in target.shell.asked] == ["alpha", "bravo"]
    script = target.shell.files["alpha", "/var/quorate.fence_virt"].decode()
    assert script.startswith("#!/bin/sh\nrequest=$(cat)\nask() { printf ")
    assert script.endswith(act)
    assert target.shell.modes["bravo", "/var/quorate.fence_virt"] == 0o755
