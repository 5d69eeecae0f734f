"""The list of all faults, and the conversion of one from JSON."""

from typing import Annotated

from pydantic import Field, JsonValue, TypeAdapter

from harness.faults.altered_file import AlteredFile
from harness.faults.block_device import FailedReplica, StalledReplica
from harness.faults.fault import Fault
from harness.faults.fence_agent import FaultyFenceAgent
from harness.faults.fencing import Fencing
from harness.faults.guest import KilledGuest, PausedGuest
from harness.faults.guest_panic import PanickedGuest
from harness.faults.kernel import KernelCrash
from harness.faults.network import CarrierLoss
from harness.faults.operations import Maintenance, Move, Standby
from harness.faults.packets import DroppedTraffic
from harness.faults.ping_target import LostPingTarget
from harness.faults.power import FrozenNode, PowerOff
from harness.faults.process import KilledProcess, StoppedProcess
from harness.faults.replica_table import BadReplica
from harness.faults.resync import SlowResync
from harness.faults.service import RestartedService, StoppedService
from harness.faults.shutdown import Shutdown
from harness.faults.slow_traffic import SlowTraffic
from harness.faults.split_brain import SplitBrain
from harness.faults.storage import ExhaustedInodes, FullFilesystem
from harness.faults.system_disk import FailedSystemDisk
from harness.faults.volume_group import FullVolumeGroup
from harness.plan.plan import Plan

AnyFault = (
    PowerOff
    | FrozenNode
    | KernelCrash
    | KilledProcess
    | StoppedProcess
    | RestartedService
    | StoppedService
    | KilledGuest
    | PausedGuest
    | PanickedGuest
    | CarrierLoss
    | DroppedTraffic
    | SlowTraffic
    | LostPingTarget
    | FullFilesystem
    | ExhaustedInodes
    | FullVolumeGroup
    | StalledReplica
    | FailedReplica
    | BadReplica
    | FailedSystemDisk
    | SlowResync
    | SplitBrain
    | AlteredFile
    | Move
    | Standby
    | Shutdown
    | Maintenance
    | Fencing
    | FaultyFenceAgent
)
_FAULT: TypeAdapter[AnyFault] = TypeAdapter(Annotated[AnyFault, Field(discriminator="kind")])


def read_fault(form: JsonValue, plan: Plan) -> Fault:
    """Convert the output of `as_json` back to a fault.

    Example:
        read_fault({"kind": "power_off", "node": "alpha"}, plan)

    Raises:
        pydantic.ValidationError: it is no fault, or it names something that is not in the plan.
    """
    return _FAULT.validate_python(form, context={"plan": plan})
