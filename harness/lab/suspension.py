"""Suspension of machines, to save them or to read their disks."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager, suppress
from typing import TypeVar

from harness.errors import LabError

with suppress(ImportError):  # tests can be listed where libvirt is not installed
    import libvirt
    import libvirt_qemu

T = TypeVar("T")
Domains = Sequence["libvirt.virDomain"]
SUSPEND_LIMIT_S, SUSPEND_PAUSE_S = 120.0, 0.2
"""Limit of all attempts, and the pause between two. Three idle nodes are asleep together in about
half of the attempts. A cluster that has just settled is busy with the first monitors of its
resources, which were seen to take longer than 12 s."""
ANSWER_LIMIT_S = 30.0


def suspend(domains: Domains, threads: Executor) -> None:
    """Suspend all machines immediately one after the other, emulated ones while they sleep.

    Raises:
        LabError: the machines are too busy, or one hangs while it is suspended.
    """
    deadline = time.monotonic() + SUSPEND_LIMIT_S
    while time.monotonic() < deadline:
        if bounded(lambda: _suspend_if_asleep(domains), threads):
            return
        time.sleep(SUSPEND_PAUSE_S)
    raise LabError("no moment at which all machines sleep; reduce this host's load, try again")


@contextmanager
def paused(domains: Domains) -> Iterator[None]:
    """Suspend the machines for the duration of the context, and always resume them.

    Raises:
        LabError: a machine has lost its power.
    """
    with ExitStack() as suspended:
        for domain in domains:
            try:
                domain.suspend()
            except libvirt.libvirtError as error:
                raise LabError(f"a machine cannot be suspended ({error})") from None
            suspended.callback(_resume, domain)
        yield


def bounded(act: Callable[[], T], threads: Executor) -> T:
    """Call `act` in a thread and return its result, within `ANSWER_LIMIT_S`.

    During a failover QEMU 7.2 was seen to hang forever in such a stop. `power_off` then ends the
    machine, and the thread with it.

    Raises:
        LabError: there was no answer in time, or libvirt reported an error.
    """
    try:
        return threads.submit(act).result(timeout=ANSWER_LIMIT_S)
    except TimeoutError:
        raise LabError(
            f"a machine hangs: no answer of its QEMU in {ANSWER_LIMIT_S:.0f} s"
        ) from None
    except libvirt.libvirtError as error:  # for instance, fencing has ended the machine
        raise LabError(f"a machine cannot be stopped: {error}") from None


def _suspend_if_asleep(domains: Domains) -> bool:
    """Suspend all machines. If one was not asleep, resume all and return False."""
    for domain in domains:
        domain.suspend()
    if all(_asleep(domain) for domain in domains):
        return True
    for domain in domains:
        domain.resume()
    return False


def _resume(domain: "libvirt.virDomain") -> None:
    """Resume a machine. Does nothing if it has lost its power."""
    with suppress(libvirt.libvirtError):
        domain.resume()


def _emulated(domain: "libvirt.virDomain") -> bool:
    return bool(domain.XMLDesc().startswith("<domain type='qemu'"))


def _asleep(domain: "libvirt.virDomain") -> bool:
    """Return whether an emulated machine's processors wait for an interrupt.

    A machine under KVM need not be asleep, so for it the result is True.
    """
    hmp = libvirt_qemu.VIR_DOMAIN_QEMU_MONITOR_COMMAND_HMP
    return not _emulated(domain) or "HLT=0" not in libvirt_qemu.qemuMonitorCommand(
        domain, "info registers -a", hmp
    )
