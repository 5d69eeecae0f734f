"""Tests of the verdict on the real lab: broken clusters and observers must be detected."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta

from harness.cluster.conditions import fenced, online, runs_on, up_to_date
from harness.faults.block_device import StalledReplica
from harness.faults.power import PowerOff
from harness.judge.judgement import Verdict
from harness.judge.objectives import Objectives
from harness.judge.verdict import judge_file
from suites.prove.conftest import Proof

MINUTES = timedelta(minutes=1)
STALL = timedelta(seconds=60)
BUSY = "while True: pass"
BUSY_FOR = timedelta(seconds=30)
UNSAFE = r"sed -i 's/cache=.[a-z]*./cache=\"unsafe\"/' /etc/guests/{0}.xml"


@contextmanager
def busy_loops(number: int) -> Iterator[ExitStack]:
    """Load this machine's processors until the stack is closed."""
    with ExitStack() as loops:
        for _ in range(number):
            loop = subprocess.Popen([sys.executable, "-c", BUSY])
            loops.callback(loop.wait)
            loops.callback(loop.kill)
        yield loops


def test_a_stalled_replica_is_red_for_writes_while_http_answers(
    proof: Proof, objectives: Objectives
) -> None:
    """Given a guest whose peer's disk accepts no I/O for a minute,
    when its clients read and write,
    then the verdict fails because of its writes, and not because of its reads.
    """
    guest = proof.guest
    peer = proof.cluster.peer_of(proof.cluster.host_of(guest))
    proof.trial.begin()
    proof.trial.clients[guest.name].require(objectives.power_cut.bystander)
    with proof.inject(StalledReplica(peer, guest)):
        proof.trial.clients[guest.name].wait_while_asking(STALL)
    judgement = proof.judge_recovered()

    assert judgement.verdict is Verdict.FAIL, judgement.reasons
    assert any(f"{guest}" in reason and "writes" in reason for reason in judgement.broken)
    assert not any("reads" in reason for reason in judgement.broken)


def test_swapped_fence_devices_name_the_node_that_no_fault_intended(proof: Proof) -> None:
    """Given fence devices that each fence the other data node,
    when a data node loses power,
    then the verdict names the other one, which lost power though no fault intended it.
    """
    cluster, guest = proof.cluster, proof.guest
    victim = cluster.host_of(guest)
    bystander = cluster.peer_of(victim)
    swapped = f"{victim}:{bystander};{bystander}:{victim}"
    for node in (victim, bystander):
        cluster.target.shell.check(
            cluster.arbitrator,
            f"crm_resource --resource fence-{node} --set-parameter pcmk_host_map"
            f" --parameter-value '{swapped}'",
        )
    proof.trial.begin()
    with proof.inject(PowerOff(victim)):
        cluster.wait_until(fenced(victim))
        # Both replicas are only consistent then: without the victim nothing may be promoted.
        cluster.wait_until(online([bystander]))
    judgement = proof.judge_recovered()

    assert judgement.verdict is Verdict.FAIL, judgement.reasons
    assert any(
        reason.startswith(f"I6: {bystander} lost its power") and "no fault intended it" in reason
        for reason in judgement.broken
    ), judgement.reasons


def test_a_killed_agent_and_a_cut_record_are_invalid(proof: Proof) -> None:
    """Given a test in which a data node's agent is killed,
    when it is judged,
    then it is invalid and names agent and node; and half of its record is invalid too.
    """
    cluster = proof.cluster
    node = cluster.target.plan.data_nodes[1]
    proof.trial.begin()
    with proof.inject(PowerOff(cluster.arbitrator)):
        cluster.target.shell.check(node, "pkill -9 -f '[p]ython3 -ISc'")
        cluster.wait_until(fenced(cluster.arbitrator))
    judgement = proof.judge_recovered()

    assert judgement.verdict is Verdict.INVALID, judgement.reasons
    assert any(r.startswith(f"node_agent saw nothing of {node}") for r in judgement.unfit)

    stored = proof.trial.folder / "timeline.jsonl"
    half = proof.trial.folder / "half.jsonl"
    half.write_bytes(stored.read_bytes()[: stored.stat().st_size // 2])
    cut = judge_file(half)
    assert cut.verdict is Verdict.INVALID
    assert "cut short" in cut.unfit[0]


def test_a_busy_machine_is_waited_for_before_and_is_invalid_during_a_fault(proof: Proof) -> None:
    """Given a machine with four busy loops,
    when a test begins, then it waits until they end;
    when they run again during the fault, then the test is invalid.
    """
    cluster = proof.cluster
    with busy_loops(4) as loops:
        ending = threading.Timer(BUSY_FOR.total_seconds(), loops.close)
        ending.start()
        began_s = time.monotonic()
        proof.trial.begin()
        waited_s = time.monotonic() - began_s
    assert waited_s >= BUSY_FOR.total_seconds()
    with proof.inject(PowerOff(cluster.arbitrator)), busy_loops(4):
        cluster.wait_until(fenced(cluster.arbitrator))
        proof.trial.clients[proof.guest.name].wait_while_asking(timedelta(seconds=10))
    judgement = proof.judge_recovered()

    assert judgement.verdict is Verdict.INVALID, judgement.reasons
    assert any("other processes" in reason for reason in judgement.unfit)


def test_an_unsafe_disk_cache_lists_the_lost_writes(proof: Proof) -> None:
    """Given a guest whose disk acknowledges syncs that never happened (cache=unsafe),
    when its host loses power,
    then the verdict fails and lists the writes that were acknowledged and lost.
    """
    cluster, guest = proof.cluster, proof.guest
    victim = cluster.host_of(guest)
    survivor = cluster.peer_of(victim)
    for node in cluster.target.plan.data_nodes:
        cluster.target.shell.check(node, UNSAFE.format(guest))
    cluster.target.shell.check(victim, f"crm_resource --restart --resource {guest}")
    cluster.wait_until(runs_on(guest, victim) & up_to_date(guest), within=4 * MINUTES)
    proof.trial.begin()
    with proof.inject(PowerOff(victim)):
        cluster.wait_until(fenced(victim) & runs_on(guest, survivor))
        proof.trial.clients[guest.name].wait_until_answered()
    judgement = proof.judge_recovered()

    assert judgement.verdict is Verdict.FAIL, judgement.reasons
    assert any("lost" in reason and f"{guest}." in reason for reason in judgement.broken)
