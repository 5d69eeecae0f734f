"""A machine for libvirt's test driver, which needs no daemon."""

from harness.lab.hypervisor import Hypervisor
from harness.plan.load import load

PLAN = load()
MAC = PLAN.mac(PLAN.data_nodes[0], "lan")
OTHER = PLAN.mac(PLAN.data_nodes[0], "mgmt")
MACHINE = f"""<domain type='test'><name>alpha</name><memory>8192</memory>
<os><type>hvm</type></os>
<devices>
<disk type='file' device='disk'><source file='/disks/alpha.img'/><target dev='vda'/></disk>
<interface type='network'><mac address='{OTHER}'/><source network='default'/></interface>
<interface type='network'><mac address='{MAC}'/><source network='default'/></interface>
<serial type='file'><source path='/consoles/alpha.log'/><target port='0'/></serial>
<channel type='file'><source path='/consoles/alpha-web.log'/>
<target type='virtio' name='console.web'/></channel>
</devices></domain>"""
BRAVO = MACHINE.replace("alpha", "bravo").replace(MAC, MAC[:-1] + "9")


def state(hypervisor: Hypervisor, name: str) -> int:
    """Return the machine's state, a value of virDomainState."""
    number, *_ = hypervisor._libvirt.lookupByName(name).state()
    return int(number)
