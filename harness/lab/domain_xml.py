"""libvirt's XML definitions of networks and machines, and changes to them."""

from lxml import etree

from harness.plan.plan import Plan

POOL = """<pool type='dir'><name>lab</name><target><path>{}</path></target></pool>"""
NETWORK = """<network><name>{}</name><bridge stp='off' delay='0'/>
<ip address='{}' netmask='{}'>{}</ip></network>"""
LEASES = "<dhcp><range start='{}' end='{}'/>{}</dhcp>"


def leases_of(plan: Plan) -> str:
    """Return the DHCP element of the management network: a fixed address for each node's card."""
    cards = [(plan.mac(node, "mgmt"), node.addresses["mgmt"]) for node in plan.nodes.values()]
    hosts = "".join(f"<host mac='{mac}' ip='{address}'/>" for mac, address in cards)
    return LEASES.format(plan.networks["mgmt"][2], plan.networks["mgmt"][-2], hosts)


def card_of(domain_xml: str, mac: str) -> etree._Element:
    """Return the interface element with a MAC address.

    Raises:
        LookupError: the machine has no such card.
    """
    tree = etree.fromstring(domain_xml.encode())
    card = tree.find(f"devices/interface/mac[@address='{mac}']/..")
    if card is None:
        raise LookupError(f"no network card {mac}")
    return card


def with_appended_consoles(domain_xml: str) -> str:
    """Return the definition with console files that are appended to at the next start.

    The console of a fenced machine so keeps its last lines from before the fence. A restored
    machine uses the definition saved with its memory, and starts its files anew.
    """
    tree = etree.fromstring(domain_xml.encode())
    for device in ("serial", "console", "channel"):
        for source in tree.findall(f"devices/{device}/source[@path]"):
            source.set("append", "on")
    return etree.tostring(tree, encoding="unicode")


def without_backing(domain_xml: str) -> str:
    """Return the definition without backing files, so that libvirt reads them from the disks."""
    tree = etree.fromstring(domain_xml.encode())
    for disk in tree.findall("devices/disk"):
        for backing in disk.findall("backingStore"):
            disk.remove(backing)
    return etree.tostring(tree, encoding="unicode")


def with_link(card: etree._Element, *, up: bool) -> str:
    """Return the XML of a card with its cable plugged or pulled."""
    for link in card.findall("link"):
        card.remove(link)
    etree.SubElement(card, "link", state="up" if up else "down")
    return etree.tostring(card, encoding="unicode")
