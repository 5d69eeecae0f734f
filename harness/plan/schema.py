"""The JSON schema of a plan, for editors: `python -m harness.plan.schema` writes it anew."""

import json

from harness.plan.load import FIXTURES
from harness.plan.plan import Plan

FILE = FIXTURES / "lab.schema.json"


def schema() -> str:
    """As the file has it."""
    return json.dumps(Plan.model_json_schema(), indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(schema())
