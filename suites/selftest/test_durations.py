"""How long the tests of a run took, from junit.xml, and the summary of it."""

from pathlib import Path

from harness.runs.durations import Duration, durations, summary

JUNIT = """<?xml version="1.0"?>
<testsuites><testsuite name="pytest">
<testcase classname="suites.storage.test_full_disk" name="test_full[web-/var]" time="120.5">
<properties><property name="cluster_s" value="100.0"/></properties></testcase>
<testcase classname="suites.smoke.test_installation" name="test_addresses" time="2.3"/>
</testsuite></testsuites>
"""


def test_each_observed_test_has_its_time_and_the_clusters_part(tmp_path: Path) -> None:
    (tmp_path / "junit.xml").write_text(JUNIT)
    [found] = durations(tmp_path)
    assert found == Duration("suites.storage.test_full_disk.py.test_full[web-.var]", 120.5, 100)
    assert found.harness_s == 20.5


def test_a_run_without_junit_has_no_durations(tmp_path: Path) -> None:
    assert durations(tmp_path) == []


def test_the_slowest_ten_tests_come_first() -> None:
    took = [Duration(f"test_{number}", number, 0.75 * number) for number in range(12)]
    first, *slowest = summary(took)
    assert first == "12 tests in 66 s, the harness's own share 25%; slowest:"
    assert slowest[0] == "  11 s, of which the harness 3 s: test_11"
    assert len(slowest) == 10


def test_without_a_test_there_is_no_summary() -> None:
    assert [*summary([])] == []


def test_the_harness_takes_no_negative_time() -> None:
    assert Duration("test", 5, 5.1).harness_s == 0
