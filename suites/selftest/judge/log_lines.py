"""Kernel messages, and the findings of I9 in a record."""

from collections.abc import Sequence

from harness.judge.invariants.log_errors import nothing_unexpected
from harness.record.events import Event
from suites.selftest.records import record

HUNG = "INFO: task drbd_w_web:472 blocked for more than 120 seconds."
SOMEWHERE = (
    "WARNING: CPU: 0 PID: 9 at kernel/rcu/tree_plugin.h:320 rcu_note_context_switch+0x4e/0x6"
)
FROM_DRBD = [
    " drbd_uuid_new_current+0xc0/0x100 [drbd]",
    " w_after_conn_state_ch+0x1fd/0x280 [drbd]",
]


def found(*events: Event | Sequence[Event]) -> list[str]:
    return list(nothing_unexpected(record(*events)))
