"""The complete installation, from machines with Debian and without the stack."""

from collections.abc import Iterator

import pytest

from fixtures.lab import verify
from fixtures.stack.component import build, load_stack
from fixtures.stack.packages import unmet
from harness.lab.lab import Lab
from harness.lab.state import State
from harness.plan.plan import Plan
from harness.pytest_plugin.options import settings


@pytest.fixture
def bare(plan: Plan, pytestconfig: pytest.Config) -> Iterator[Lab]:
    """A separate lab of bare machines, with a repository of the stack's packages in its capsule."""
    options = settings(pytestconfig)
    state = State(options.state.root, f"{options.state.name}-bare")
    lab = Lab(plan, state, wanted_accel=options.accel)
    try:
        lab.open(bare=True)
        lab.boot(keep=False)
        yield lab
        lab.down()
    finally:
        lab.close()


@pytest.mark.slow
def test_a_bare_debian_becomes_the_cluster(bare: Lab) -> None:
    """Given three machines with Debian and no package of the stack,
    when it is installed by apt, configured and started,
    then the cluster settles, and every guest answers its clients.
    """
    for node in bare.plan.nodes.values():
        assert len(unmet(bare, node)) == len(bare.plan.packages[node.role])

    build(bare, load_stack(bare.plan.stack))
    verify(bare, within=bare.timings.rejoin_patience)
