"""The list of all faults, and the conversion of one from JSON."""

from typing import Annotated

from pydantic import Field, JsonValue, TypeAdapter

from harness.faults.block_device import FailedReplica, StalledReplica
from harness.faults.fault import Fault
from harness.faults.fencing import Fencing
from harness.faults.guest import KilledGuest
from harness.faults.kernel import KernelCrash
from harness.faults.network import CarrierLoss
from harness.faults.operations import Maintenance, Move, Standby
from harness.faults.packets import DroppedTraffic
from harness.faults.power import FrozenNode, PowerOff
from harness.faults.process import KilledProcess, StoppedProcess
from harness.faults.storage import FullFilesystem
from harness.plan.plan import Plan

AnyFault = (
    PowerOff
    | FrozenNode
    | KernelCrash
    | KilledProcess
    | StoppedProcess
    | KilledGuest
    | CarrierLoss
    | DroppedTraffic
    | FullFilesystem
    | StalledReplica
    | FailedReplica
    | Move
    | Standby
    | Maintenance
    | Fencing
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
