"""The JSON schema of a plan, for editors. `python -m harness.plan.schema` writes the file."""

import json

from harness.plan.load import FIXTURES
from harness.plan.plan import Plan

FILE = FIXTURES / "lab.schema.json"


def schema() -> str:
    """Return the text of the schema file."""
    return json.dumps(Plan.model_json_schema(), indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(schema())
