"""Changes of the machines' power, from libvirt's lifecycle events."""

import threading
from collections.abc import Callable
from contextlib import suppress
from functools import cache

with suppress(ImportError):  # tests can be listed where libvirt is not installed
    import libvirt

CHANGES = (
    *("defined", "undefined", "started", "suspended", "resumed", "stopped", "shut down"),
    *("sleeping", "crashed"),
)
"""Names of virDomainEventType (libvirt-domain.h), in the order of its values."""


def subscribe(
    connection: "libvirt.virConnect",
    notify: Callable[[str, str], None],
    booted: Callable[[str], None],
) -> int:
    """Call `notify(machine, change)` for each lifecycle event. `change` is one of `CHANGES`.

    `booted(machine)` is called for each machine that boots. A restored machine does not boot.
    libvirt allows a connection only one subscription. Returns its number.
    """
    boot = libvirt.VIR_DOMAIN_EVENT_STARTED, libvirt.VIR_DOMAIN_EVENT_STARTED_BOOTED

    def changed(
        _: object, domain: "libvirt.virDomain", event: int, detail: int, *__: object
    ) -> None:
        if (event, detail) == boot:
            booted(domain.name())
        notify(domain.name(), CHANGES[event] if event < len(CHANGES) else str(event))

    kind = libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE
    return int(connection.domainEventRegisterAny(None, kind, changed, None))


@cache
def run_event_loop() -> None:
    """Run libvirt's event loop in a thread, once. It must run before the first connection."""
    libvirt.virEventRegisterDefaultImpl()

    def run() -> None:
        while True:
            libvirt.virEventRunDefaultImpl()

    threading.Thread(target=run, name="libvirt events", daemon=True).start()
