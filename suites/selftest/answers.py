"""What nodes answer when the cluster is looked at: quorate, web on alpha, no other guest."""

from suites.selftest.fake_lab import FakeLab

NOBODY = "boot 1\n"
WEB = "boot 2\nqemu guest=web\n"
QUORATE = """<pacemaker-result><summary><current_dc present="true" name="{}" with_quorum="true"/>
</summary>{}</pacemaker-result>"""
ALONE = QUORATE.replace('with_quorum="true"', 'with_quorum="false"')


def answer(lab: FakeLab) -> None:
    """Let every node answer, and Pacemaker name alpha as its DC."""
    lab.shell.answer("boot_id", NOBODY)
    lab.shell.answer("boot_id", WEB, on="alpha")
    lab.shell.answer("^crm_mon", QUORATE.format("alpha", ""))


def fenced(lab: FakeLab, *targets: str, status: str = "success") -> None:
    """From now on let Pacemaker's history tell that these nodes were fenced."""
    event = '<fence_event target="{}" action="reboot" status="{}"/>'
    events = "".join(event.format(target, status) for target in targets)
    history = f"<fence_history>{events}</fence_history>"
    lab.shell.answer("^crm_mon", QUORATE.format("alpha", history))
