"""testinfra over the harness's own shell."""

from harness.target.testinfra_backend import host_of
from suites.selftest.fake_lab import FakeLab


def test_a_node_is_asked_through_the_harness(lab: FakeLab) -> None:
    lab.shell.answer("systemctl is-active", "active\n", on="bravo")
    said = host_of(lab.plan.nodes["bravo"], lab.shell).run("systemctl is-active %s", "a b")
    assert (said.rc, said.stdout) == (0, "active\n")
    assert lab.shell.asked == [("bravo", "systemctl is-active 'a b'")]


def test_what_goes_wrong_is_told_as_it_was_said(lab: FakeLab) -> None:
    lab.shell.answer("false", code=4, stderr="no")
    said = host_of(lab.plan.arbitrator, lab.shell).run("false")
    assert (said.rc, said.stdout, said.stderr) == (4, "", "no")
