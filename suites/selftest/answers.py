"""The nodes' answers to queries for the cluster's status: quorate, web on alpha, no other guest."""

from suites.selftest.fake_lab import FakeLab

NOBODY = "boot 1\n"
WEB = "boot 2\nqemu guest=web\n"
QUORATE = """<pacemaker-result><summary><current_dc present="true" name="{}" with_quorum="true"/>
</summary>{}</pacemaker-result>"""
ALONE = QUORATE.replace('with_quorum="true"', 'with_quorum="false"')


def answer(lab: FakeLab) -> None:
    """Set the answers of every node. Pacemaker's DC is alpha."""
    lab.shell.answer("boot_id", NOBODY)
    lab.shell.answer("boot_id", WEB, on="alpha")
    lab.shell.answer("^crm_mon", QUORATE.format("alpha", ""))


def fenced(lab: FakeLab, *targets: str, status: str = "success") -> None:
    """Set Pacemaker's fencing history: these nodes were fenced."""
    event = '<fence_event target="{}" action="reboot" status="{}"/>'
    events = "".join(event.format(target, status) for target in targets)
    history = f"<fence_history>{events}</fence_history>"
    lab.shell.answer("^crm_mon", QUORATE.format("alpha", history))
