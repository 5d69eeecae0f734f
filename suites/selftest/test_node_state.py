"""A node's answer: what configures it, and what is left behind on it."""

import re

import pytest

from harness.cluster.node_state import Unreadable, parse_node_state
from suites.selftest.node_answers import CIB, COROSYNC, HASH, cib, node_answer

QUIET = parse_node_state("alpha", node_answer())
NO_FENCING = 'name="stonith-enabled" value="false"'
PING = '<nvpair id="status-1-pingd" name="pingd" value="1000"/>'
COUNT = '<nvpair id="status-1-fail" name="fail-count-web#monitor_10000" value="2"/>'


def changed_ids(old: str, new: str) -> set[str]:
    """Ids of which the digest is another one after that change, or which are new or gone."""
    now = parse_node_state("alpha", node_answer(cib(old, new))).elements
    return {name for name, _ in now.items() ^ QUIET.elements.items()}


def traces(part: str, text: str) -> tuple[str, ...]:
    return parse_node_state("alpha", node_answer({part: text})).traces


def test_a_settled_node_has_a_configuration_and_no_traces() -> None:
    assert {"options", "fence-alpha", "web", "drbd-web-clone", "web-prefers", "1"} <= set(
        QUIET.elements
    )
    assert QUIET.files == {COROSYNC: HASH[:12]}
    assert QUIET.traces == ()


def test_status_is_no_configuration() -> None:
    assert not {"status-1", "status-1-pingd", "fence-alpha_last_0"} & set(QUIET.elements)
    assert changed_ids(PING, "") == set()


def test_the_time_of_a_cleanup_is_no_configuration() -> None:
    fencing = '<nvpair id="stonith-enabled"'
    assert fencing in CIB
    cleaned_up = '<nvpair id="refresh" name="last-lrm-refresh" value="1795386596"/>'
    assert changed_ids(fencing, cleaned_up + fencing) == set()


def test_a_changed_setting_changes_its_own_element_alone() -> None:
    assert changed_ids('name="stonith-enabled" value="true"', NO_FENCING) == {"stonith-enabled"}


def test_a_new_element_changes_what_it_stands_in() -> None:
    new = '<nvpair id="maintenance" name="maintenance-mode" value="true"/>'
    ids = changed_ids('<nvpair id="stonith-enabled"', f'{new}<nvpair id="stonith-enabled"')
    assert ids == {"maintenance", "options"}


def test_the_order_of_children_counts() -> None:
    first, second = '<nvpair id="ping-attempts"', '<nvpair id="ping-timeout"'
    pattern = rf"({first}.*?/>)(\s*)({second}.*?/>)"
    swapped = re.sub(pattern, r"\3\2\1", CIB, flags=re.DOTALL)
    assert swapped != CIB
    now = parse_node_state("alpha", node_answer({"cib": swapped.rstrip()})).elements
    assert {name for name, _ in now.items() ^ QUIET.elements.items()} == {"ping-settings"}


def test_an_element_without_id_belongs_to_the_one_around_it() -> None:
    assert changed_ids("<operations>", '<operations note="x">') == {"fence-alpha"}


def test_a_constraint_that_a_tool_left_is_an_element_of_the_configuration() -> None:
    ban = '<rsc_location id="cli-ban-web-on-alpha" rsc="web" node="alpha" score="-INFINITY"/>'
    assert changed_ids("<constraints>", f"<constraints>{ban}") == {"cli-ban-web-on-alpha"}


def test_a_reference_hides_no_change_of_what_it_names() -> None:
    """A resource_ref has the id of the resource that it names, after it in the document."""
    one = '<rsc_order id="both"><resource_set id="set"><resource_ref id="web"/></resource_set>'
    with_set = cib("<constraints>", f"<constraints>{one}</rsc_order>")["cib"]
    web = '<primitive id="web" class="ocf" provider="heartbeat" type="VirtualDomain"'
    assert web in with_set
    changed = with_set.replace(web, f'{web} description="x"')
    before, after = (
        parse_node_state("alpha", node_answer({"cib": text})).elements
        for text in (with_set, changed)
    )
    assert {name for name, _ in before.items() ^ after.items()} == {"web"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no XML"),
        (CIB[:2000], "no XML"),
        ("<cib/>", "no configuration"),
        ("<cib><configuration><resources/></configuration></cib>", "no configuration"),
    ],
)
def test_a_cib_that_tells_nothing_is_unreadable(text: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        parse_node_state("alpha", node_answer({"cib": text}))


def test_an_answer_that_was_cut_short_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="cut short"):
        parse_node_state("alpha", node_answer(whole=False))


def test_a_node_without_cibadmin_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="no XML"):
        parse_node_state("alpha", "== others\n== complete\n")


def test_a_tool_that_failed_makes_the_answer_unreadable() -> None:
    with pytest.raises(Unreadable, match=r"^tc ended with 1$"):
        parse_node_state("alpha", node_answer({"failed: tc ended with 1": ""}))


def test_a_failed_count_is_a_trace_on_its_own_node_alone() -> None:
    answer = node_answer(cib(PING, PING + COUNT))
    assert parse_node_state("alpha", answer).traces == ("fail-count-web#monitor_10000 on alpha: 2",)
    assert parse_node_state("bravo", answer).traces == ()


def test_each_rule_of_the_packet_filter_is_a_trace() -> None:
    rules = "table inet quorate {\n\tchain input {\n\t\tdrop\n\t}\n}\n"
    found = ("nft: table inet quorate {", "nft: chain input {", "nft: drop")
    assert traces("nft", rules) == found


def test_a_queue_that_is_no_default_is_a_trace() -> None:
    """Captured from `tc qdisc show` after `tc qdisc add`."""
    queues = """qdisc noqueue 0: dev v1 root refcnt 2
qdisc noqueue 8002: dev vnet1 root refcnt 2
qdisc ingress ffff: dev v1 parent ffff:fff1 ----------------
qdisc tbf 801f: dev v0 root refcnt 3 rate 1Mbit burst 4Kb lat 400ms
\tqueues 1"""
    assert traces("qdiscs", queues) == (
        "tc: ingress ffff: dev v1 parent ffff:fff1 ----------------",
        "tc: tbf 801f: dev v0 root refcnt 3 rate 1Mbit burst 4Kb lat 400ms",
    )


def test_a_device_that_is_no_plain_volume_is_a_trace() -> None:
    tables = """vg_guests-shop: 0 1056768 linear 254:16 1058816
vg_guests-web: 0 1056768 error
vg_guests-web--db: """
    assert traces("tables", tables) == ("dm vg_guests-web: error", "dm vg_guests-web--db: no table")


def test_other_traces_are_as_the_node_names_them() -> None:
    found = "dm vg_guests-web: suspended\nprocess fio --name=x\nfile /core"
    assert traces("others", found) == tuple(found.splitlines())


def test_a_trace_is_short() -> None:
    assert [len(trace) for trace in traces("others", f"process stress-ng {'x' * 500}")] == [120]
