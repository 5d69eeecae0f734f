"""Stop machines' clocks: to save the machines, or to read their disks meanwhile."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager, suppress

from harness.errors import LabError

with suppress(ImportError):  # tests can be listed where libvirt is not installed
    import libvirt
    import libvirt_qemu

Domains = Sequence["libvirt.virDomain"]
SUSPEND_LIMIT_S, SUSPEND_PAUSE_S = 120.0, 0.2
"""Three idle nodes sleep at once in about half of the tries. A cluster that has just settled is
busy with the first monitors of its resources; they were seen to take longer than 12 s."""
ANSWER_LIMIT_S = 30.0


def suspend(domains: Domains, threads: Executor) -> None:
    """Stop them one right after the other, each emulated one while its processor sleeps.

    Raises:
        LabError: the machines are too busy for such a moment, or one hangs in it.
    """
    deadline = time.monotonic() + SUSPEND_LIMIT_S
    while time.monotonic() < deadline:
        if _in_time(lambda: _sleep_at_once(domains), threads):
            return
        time.sleep(SUSPEND_PAUSE_S)
    raise LabError("no moment at which all machines sleep; leave this host alone, try again")


@contextmanager
def paused(domains: Domains) -> Iterator[None]:
    """Their clocks stand still meanwhile; whatever happens, they go on.

    Raises:
        LabError: a machine has lost its power.
    """
    with ExitStack() as suspended:
        for domain in domains:
            try:
                domain.suspend()
            except libvirt.libvirtError as error:
                raise LabError(f"a machine cannot be suspended ({error})") from None
            suspended.callback(_go_on, domain)
        yield


def _in_time(act: Callable[[], bool], threads: Executor) -> bool:
    """What libvirt says, unless QEMU keeps it waiting: one that was failing over was seen to
    hang for ever in such a stop (7.2). Its end by `power_off` ends the wait too."""
    try:
        return threads.submit(act).result(timeout=ANSWER_LIMIT_S)
    except TimeoutError:
        raise LabError(
            f"a machine hangs: no answer of its QEMU in {ANSWER_LIMIT_S:.0f} s"
        ) from None
    except libvirt.libvirtError as error:  # say, fencing ended it meanwhile
        raise LabError(f"a machine cannot be stopped: {error}") from None


def _sleep_at_once(domains: Domains) -> bool:
    """Stop them all; if one did not sleep, let them go on."""
    for domain in domains:
        domain.suspend()
    if all(_asleep(domain) for domain in domains):
        return True
    for domain in domains:
        domain.resume()
    return False


def _go_on(domain: "libvirt.virDomain") -> None:
    """Harmless when it lost its power meanwhile."""
    with suppress(libvirt.libvirtError):
        domain.resume()


def _emulated(domain: "libvirt.virDomain") -> bool:
    return bool(domain.XMLDesc().startswith("<domain type='qemu'"))


def _asleep(domain: "libvirt.virDomain") -> bool:
    """Does its processor wait for an interrupt? Only asked of an emulated one: KVM need not."""
    hmp = libvirt_qemu.VIR_DOMAIN_QEMU_MONITOR_COMMAND_HMP
    return not _emulated(domain) or "HLT=0" not in libvirt_qemu.qemuMonitorCommand(
        domain, "info registers -a", hmp
    )
