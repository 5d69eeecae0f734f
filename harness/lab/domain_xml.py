"""libvirt's definitions of networks and machines, and their changes: XML in, XML out."""

from lxml import etree

from harness.plan.plan import Plan

POOL = """<pool type='dir'><name>lab</name><target><path>{}</path></target></pool>"""
NETWORK = """<network><name>{}</name><bridge stp='off' delay='0'/>
<ip address='{}' netmask='{}'>{}</ip></network>"""
LEASES = "<dhcp><range start='{}' end='{}'/>{}</dhcp>"


def leases_of(plan: Plan) -> str:
    """A fixed address for each machine's card on the way in."""
    cards = [(plan.mac(node, "mgmt"), node.addresses["mgmt"]) for node in plan.nodes.values()]
    hosts = "".join(f"<host mac='{mac}' ip='{address}'/>" for mac, address in cards)
    return LEASES.format(plan.networks["mgmt"][2], plan.networks["mgmt"][-2], hosts)


def card_of(domain_xml: str, mac: str) -> etree._Element:
    """The network card with that address.

    Raises:
        LookupError: the machine has none.
    """
    tree = etree.fromstring(domain_xml.encode())
    card = tree.find(f"devices/interface/mac[@address='{mac}']/..")
    if card is None:
        raise LookupError(f"no network card {mac}")
    return card


def with_long_console(domain_xml: str) -> str:
    """The machine, the files of its console and of its guests' continued at the next start: one
    that was fenced tells there why. A restored one begins anew, by the definition that was saved
    with its memory."""
    tree = etree.fromstring(domain_xml.encode())
    for device in ("serial", "console", "channel"):
        for source in tree.findall(f"devices/{device}/source[@path]"):
            source.set("append", "on")
    return etree.tostring(tree, encoding="unicode")


def without_backing(domain_xml: str) -> str:
    """The machine with its disks' backing files left to be found out from the disks."""
    tree = etree.fromstring(domain_xml.encode())
    for disk in tree.findall("devices/disk"):
        for backing in disk.findall("backingStore"):
            disk.remove(backing)
    return etree.tostring(tree, encoding="unicode")


def with_link(card: etree._Element, *, up: bool) -> str:
    """The card with its cable in, or pulled."""
    for link in card.findall("link"):
        card.remove(link)
    etree.SubElement(card, "link", state="up" if up else "down")
    return etree.tostring(card, encoding="unicode")
