"""The libvirt seam: each machine's power switch, cables, memory and disks."""

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
    without_backing,
)
from harness.lab.power_events import run_event_loop, subscribe
from harness.lab.suspension import paused, suspend
from harness.plan.plan import Plan

with suppress(ImportError):  # tests can be listed where libvirt is not installed
    import libvirt

FORGET = "`quorate down --discard` forgets the checkpoint"


class Hypervisor:
    """One connection to the capsule's libvirt."""

    def __init__(self, uri: str) -> None:
        libvirt.registerErrorHandler(lambda *_: None, None)
        run_event_loop()
        self._libvirt = libvirt.open(uri)
        self._threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="libvirt")

    def close(self) -> None:
        """Let go of the connection; the machines run on."""
        self._threads.shutdown(wait=False)
        self._libvirt.close()

    def define_pool(self, folder: Path) -> None:
        """Tell libvirt where the disks are."""
        self._libvirt.storagePoolDefineXML(POOL.format(folder)).create()

    def define_networks(self, plan: Plan) -> None:
        """All networks; on that of the way in a fixed address for each machine's card.

        Without STP, which Vagrant's own definition has: with it the kernel keeps a new port shut
        for 4 s, whatever `delay` says (br_stp_start() in net/bridge/br_stp_if.c), and a restored
        cluster would begin every test with a lost token.
        """
        for name, subnet in plan.networks.items():
            leases = leases_of(plan) if name == "mgmt" else ""
            xml = NETWORK.format(name, subnet[1], subnet.netmask, leases)
            self._libvirt.networkDefineXML(xml).create()

    def is_running(self, name: str) -> bool:
        """Has the machine power? A paused one has.

        Raises:
            LabError: the lab has ended, libvirt with it.
        """
        try:
            return bool(self._libvirt.lookupByName(name).isActive())
        except libvirt.libvirtError:
            if self._libvirt.isAlive():
                raise
            raise LabError("the lab has ended") from None

    def subscribe(self, tell: Callable[[str, str], None]) -> int:
        """Have each machine's changes told, by its name and one of `CHANGES`; the subscription."""
        return subscribe(self._libvirt, tell)

    def unsubscribe(self, subscription: int) -> None:
        """Hear no more; harmless when the lab is gone."""
        with suppress(libvirt.libvirtError):
            self._libvirt.domainEventDeregisterAny(subscription)

    def power_off(self, name: str) -> None:
        """Cut the power, as pulling the plug does; harmless when it is off."""
        domain = self._libvirt.lookupByName(name)
        try:
            domain.destroy()
        except libvirt.libvirtError:
            if domain.isActive():
                raise

    def power_on(self, name: str) -> None:
        """Press the power button; harmless when it is on."""
        domain = self._libvirt.lookupByName(name)
        try:
            domain.create()
        except libvirt.libvirtError:
            if not domain.isActive():
                raise

    def set_carrier(self, name: str, mac: str, *, up: bool) -> None:
        """Plug or pull one cable, on the running machine and for its next start.

        Both, because fencing starts a machine from its persistent definition: cut on the live
        domain alone, the cable would be back in after the fence.
        """
        domain = self._libvirt.lookupByName(name)
        if domain.isActive():
            card = card_of(domain.XMLDesc(), mac)
            domain.updateDeviceFlags(with_link(card, up=up), libvirt.VIR_DOMAIN_AFFECT_LIVE)
        card = card_of(domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE), mac)
        domain.updateDeviceFlags(with_link(card, up=up), libvirt.VIR_DOMAIN_AFFECT_CONFIG)

    def carrier(self, name: str, mac: str) -> bool:
        """Is that cable in, on the machine as it is now and for its next start?"""
        domain = self._libvirt.lookupByName(name)
        texts = [domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE), domain.XMLDesc()]
        return all(card_of(text, mac).find("link[@state='down']") is None for text in texts)

    def disks(self, name: str) -> list[Path]:
        """Files of the machine's disks."""
        tree = etree.fromstring(self._libvirt.lookupByName(name).XMLDesc().encode())
        return [Path(source.get("file", "")) for source in tree.findall("devices/disk/source")]

    def definitions(self) -> tuple[dict[str, str], dict[str, str]]:
        """XML of all networks and of all machines, enough to define them in another capsule."""
        networks = {n.name(): n.XMLDesc() for n in self._libvirt.listAllNetworks()}
        flags = libvirt.VIR_DOMAIN_XML_INACTIVE | libvirt.VIR_DOMAIN_XML_SECURE
        machines = self._libvirt.listAllDomains()
        return networks, {d.name(): with_appended_consoles(d.XMLDesc(flags)) for d in machines}

    def define(self, networks: Iterable[str], domains: Iterable[str]) -> None:
        """Make networks and machines as they were defined; what is there already is redefined.

        So a cable that a fault pulled for a machine's next start is in again.
        """
        have = {n.name() for n in self._libvirt.listAllNetworks()}
        for xml in networks:
            if etree.fromstring(xml.encode()).findtext("name") not in have:
                self._libvirt.networkDefineXML(xml).create()
        for xml in domains:
            self._libvirt.defineXML(xml)

    def suspend(self, names: Iterable[str]) -> None:
        """Stop all these machines' clocks, one right after the other, to save them.

        An emulated processor is stopped while it sleeps: QEMU 7.2 saves one that is inside a guest
        of its own, and refuses to restore it ("vCPU set in guest-mode inconsistent").

        Raises:
            LabError: the machines are too busy for such a moment, or one hangs in it.
        """
        suspend([self._libvirt.lookupByName(name) for name in names], self._threads)

    def resume(self, names: Iterable[str]) -> None:
        """Let all these machines go on."""
        for domain in [self._libvirt.lookupByName(name) for name in names]:
            domain.resume()

    @contextmanager
    def paused(self, names: Iterable[str]) -> Iterator[None]:
        """These machines' clocks stand still meanwhile; what they wrote is in their disks' files.

        QEMU flushes every disk when it stops a machine (do_vm_stop() in softmmu/cpus.c).

        Raises:
            LabError: a machine has lost its power.
        """
        with paused([self._libvirt.lookupByName(name) for name in names]):
            yield

    def save(self, files: dict[str, Path]) -> None:
        """Write each paused machine's memory to a file and end the machine."""
        paused = libvirt.VIR_DOMAIN_SAVE_PAUSED

        def save_one(name: str) -> None:
            self._libvirt.lookupByName(name).saveFlags(str(files[name]), None, paused)

        self._each(save_one, files)

    def restore(self, files: dict[str, Path]) -> None:
        """Bring saved machines back, paused, on the disks that stand at their paths now.

        The saved description says of a disk that had no backing file that it has none, and
        libvirt believes it: an overlay laid at that path would read as zeros.

        Raises:
            LabError: a saved machine is damaged.
        """
        paused = libvirt.VIR_DOMAIN_SAVE_PAUSED

        def restore_one(name: str) -> None:
            file = str(files[name])
            try:
                saved = self._libvirt.saveImageGetXMLDesc(file, libvirt.VIR_DOMAIN_XML_SECURE)
                self._libvirt.restoreFlags(file, without_backing(saved), paused)
            except libvirt.libvirtError as error:
                raise LabError(f"the saved {name} does not come back ({error}); {FORGET}") from None

        self._each(restore_one, files)

    def power_off_all(self, names: Iterable[str]) -> None:
        """End several machines side by side."""
        self._each(self.power_off, names)

    def _each(self, act: Callable[[str], object], names: Iterable[str]) -> None:
        for done in list(self._threads.map(act, names)):
            del done  # an error in any thread is raised here
