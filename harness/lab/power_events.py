"""Changes of the machines' power, as libvirt reports them."""

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
"""virDomainEventType of libvirt-domain.h, in its order."""


def subscribe(connection: "libvirt.virConnect", tell: Callable[[str, str], None]) -> int:
    """Have each machine's changes told, by its name and one of `CHANGES`; the subscription."""

    def changed(_: object, domain: "libvirt.virDomain", event: int, *__: object) -> None:
        tell(domain.name(), CHANGES[event] if event < len(CHANGES) else str(event))

    kind = libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE
    return int(connection.domainEventRegisterAny(None, kind, changed, None))


@cache
def run_event_loop() -> None:
    """libvirt hands its events to a loop that must be there before the first connection."""
    libvirt.virEventRegisterDefaultImpl()

    def run() -> None:
        while True:
            libvirt.virEventRunDefaultImpl()

    threading.Thread(target=run, name="libvirt events", daemon=True).start()
