"""Access to libvirt: power, cables, memory and disks of the machines."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

from lxml import etree

from harness.errors import LabError
from harness.lab.domain_xml import (
    NETWORK,
    POOL,
    card_of,
    leases_of,
    with_appended_consoles,
    with_link,
)
from harness.lab.power_events import run_event_loop, subscribe
from harness.lab.saved_machine import restore, save
from harness.lab.suspension import bounded, paused, suspend
from harness.plan.plan import Plan

with suppress(ImportError):  # tests can be listed where libvirt is not installed
    import libvirt

FORGET = "`quorate down --discard` forgets the checkpoint"


class Hypervisor:
    """A connection to the capsule's libvirt. It is also the `Power` of a lab."""

    def __init__(self, uri: str, booted: Callable[[str], None] = lambda _: None) -> None:
        """Connect. `booted(machine)` is called for each boot during a subscription."""
        libvirt.registerErrorHandler(lambda *_: None, None)
        run_event_loop()
        self._libvirt = libvirt.open(uri)
        self._booted = booted
        self._threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="libvirt")

    def close(self) -> None:
        """Close the connection. The machines keep running."""
        self._threads.shutdown(wait=False)
        self._libvirt.close()

    def define_pool(self, folder: Path) -> None:
        """Define and start the storage pool in the folder of the disks."""
        self._libvirt.storagePoolDefineXML(POOL.format(folder)).create()

    def define_networks(self, plan: Plan) -> None:
        """Define and start all networks. On `mgmt`, DHCP gives each machine a fixed address.

        STP is off, unlike in Vagrant's own definition. With STP the kernel blocks a new port for
        4 s, whatever the value of `delay` (br_stp_start() in net/bridge/br_stp_if.c), and a
        restored cluster would begin every test with a lost token.
        """
        for name, subnet in plan.networks.items():
            leases = leases_of(plan) if name == "mgmt" else ""
            xml = NETWORK.format(name, subnet[1], subnet.netmask, leases)
            self._libvirt.networkDefineXML(xml).create()

    def is_running(self, name: str) -> bool:
        """Return whether the machine has power. A paused machine has.

        Raises:
            LabError: the lab has ended, and libvirt with it.
        """
        try:
            return bool(self._libvirt.lookupByName(name).isActive())
        except libvirt.libvirtError:
            if self._libvirt.isAlive():
                raise
            raise LabError("the lab has ended") from None

    def subscribe(self, notify: Callable[[str, str], None]) -> int:
        """See `Power.subscribe`. The changes are those of `power_events.CHANGES`."""
        return subscribe(self._libvirt, notify, self._booted)

    def unsubscribe(self, subscription: int) -> None:
        """End a subscription. Does nothing if the lab has ended."""
        with suppress(libvirt.libvirtError):
            self._libvirt.domainEventDeregisterAny(subscription)

    def power_off(self, name: str) -> None:
        """Cut the power without a shutdown. Does nothing if it is off."""
        domain = self._libvirt.lookupByName(name)
        try:
            domain.destroy()
        except libvirt.libvirtError:
            if domain.isActive():
                raise

    def power_on(self, name: str) -> None:
        """Switch the power on. Does nothing if it is on."""
        domain = self._libvirt.lookupByName(name)
        try:
            domain.create()
        except libvirt.libvirtError:
            if not domain.isActive():
                raise

    def pause(self, name: str) -> None:
        """Stop the machine's processors, whatever they do at that moment.

        Raises:
            LabError: QEMU hangs, or the machine has lost its power.
        """
        bounded(self._libvirt.lookupByName(name).suspend, self._threads)

    def unpause(self, name: str) -> None:
        """Let the machine's processors run again. Does nothing if it is not paused."""
        if self.is_paused(name):
            self.resume([name])

    def is_paused(self, name: str) -> bool:
        """Return whether the machine has power and its processors are stopped."""
        state, _ = self._libvirt.lookupByName(name).state()
        return bool(state == libvirt.VIR_DOMAIN_PAUSED)

    def set_carrier(self, name: str, mac: str, *, up: bool) -> None:
        """Plug or pull one cable, on the running machine and for its next start.

        Fencing starts a machine from its persistent definition. A cable that is pulled on the live
        domain alone would be plugged again after the fence.
        """
        domain = self._libvirt.lookupByName(name)
        if domain.isActive():
            card = card_of(domain.XMLDesc(), mac)
            domain.updateDeviceFlags(with_link(card, up=up), libvirt.VIR_DOMAIN_AFFECT_LIVE)
        card = card_of(domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE), mac)
        domain.updateDeviceFlags(with_link(card, up=up), libvirt.VIR_DOMAIN_AFFECT_CONFIG)

    def carrier(self, name: str, mac: str) -> bool:
        """Return whether the cable is plugged, on the machine now and for its next start."""
        domain = self._libvirt.lookupByName(name)
        texts = [domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE), domain.XMLDesc()]
        return all(card_of(text, mac).find("link[@state='down']") is None for text in texts)

    def disks(self, name: str) -> list[Path]:
        """Return the files of the machine's disks."""
        tree = etree.fromstring(self._libvirt.lookupByName(name).XMLDesc().encode())
        return [Path(source.get("file", "")) for source in tree.findall("devices/disk/source")]

    def definitions(self) -> tuple[dict[str, str], dict[str, str]]:
        """Return the XML of all networks and of all machines, by name.

        `define` makes them again in another capsule.
        """
        networks = {n.name(): n.XMLDesc() for n in self._libvirt.listAllNetworks()}
        flags = libvirt.VIR_DOMAIN_XML_INACTIVE | libvirt.VIR_DOMAIN_XML_SECURE
        machines = self._libvirt.listAllDomains()
        return networks, {d.name(): with_appended_consoles(d.XMLDesc(flags)) for d in machines}

    def define(self, networks: Iterable[str], domains: Iterable[str]) -> None:
        """Make missing networks, and define all machines, also those that exist.

        A cable that a fault pulled for a machine's next start is thereby plugged again.
        """
        existing = {n.name() for n in self._libvirt.listAllNetworks()}
        for xml in networks:
            if etree.fromstring(xml.encode()).findtext("name") not in existing:
                self._libvirt.networkDefineXML(xml).create()
        for xml in domains:
            self._libvirt.defineXML(xml)

    def suspend(self, names: Iterable[str]) -> None:
        """Suspend machines, immediately one after the other, to save them.

        An emulated machine is suspended while its processor is idle. QEMU 7.2 saves a processor
        that runs a nested guest, but refuses to restore it ("vCPU set in guest-mode inconsistent").

        Raises:
            LabError: the machines are too busy, or one hangs while it is suspended.
        """
        suspend([self._libvirt.lookupByName(name) for name in names], self._threads)

    def resume(self, names: Iterable[str]) -> None:
        """Resume suspended machines."""
        for domain in [self._libvirt.lookupByName(name) for name in names]:
            domain.resume()

    @contextmanager
    def paused(self, names: Iterable[str]) -> Iterator[None]:
        """Suspend machines for the duration of the context. Their disks' files are complete then.

        QEMU flushes every disk when it stops a machine (do_vm_stop() in softmmu/cpus.c).

        Raises:
            LabError: a machine has lost its power.
        """
        with paused([self._libvirt.lookupByName(name) for name in names]):
            yield

    def save(self, memories: dict[str, Path]) -> None:
        """Save suspended machines, and end them. `memories` are the files of their memory.

        Raises:
            LabError: a machine cannot be saved.
        """
        self._each(lambda name: save(self._libvirt, name, memories[name]), memories)

    def restore(self, memories: dict[str, Path]) -> None:
        """Restore saved machines, suspended, with the disks that their paths name now.

        Raises:
            LabError: a saved machine is damaged.
        """

        def restore_one(name: str) -> None:
            try:
                restore(self._libvirt, memories[name])
            except (OSError, LookupError, libvirt.libvirtError) as error:
                raise LabError(f"the saved {name} cannot be restored ({error}); {FORGET}") from None

        self._each(restore_one, memories)

    def power_off_all(self, names: Iterable[str]) -> None:
        """Cut the power of several machines in parallel."""
        self._each(self.power_off, names)

    def _each(self, act: Callable[[str], object], names: Iterable[str]) -> None:
        """Call `act` for each name in parallel, and raise the first exception of any call."""
        for done in list(self._threads.map(act, names)):
            del done
