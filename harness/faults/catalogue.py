"""The list of all faults, and the conversion of one from JSON."""

from typing import Annotated

from pydantic import Field, JsonValue, TypeAdapter

from harness.faults.block_device import StalledReplica
from harness.faults.fault import Fault
from harness.faults.kernel import KernelCrash
from harness.faults.move import Move
from harness.faults.network import CarrierLoss
from harness.faults.power import FrozenNode, PowerOff
from harness.faults.storage import FullFilesystem
from harness.plan.plan import Plan

AnyFault = (
    PowerOff | FrozenNode | KernelCrash | CarrierLoss | FullFilesystem | StalledReplica | Move
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
