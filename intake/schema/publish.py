"""The schema as JSON Schema (2020-12), for those who read or make complaints of ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from pydantic.json_schema import models_json_schema

from intake.never import NEVER
from intake.schema.complaint import Complaint
from intake.schema.draft import ANONYMOUS, Draft

FILE: Final = Path(__file__).resolve().parents[2] / "docs" / "intake" / "complaint.schema.json"


def json_schema() -> dict[str, Any]:
    """The complaint at the top; the draft (stages A and B) under ``$defs``.

    ``x-stage`` of a draft's field is the stage with which it begins, ``x-never-collected``
    the names that are refused wherever they stand.
    """
    _, schema = models_json_schema(
        [(Complaint, "validation"), (Draft, "validation")], title="Amaan complaint"
    )
    for name, field in schema["$defs"]["Draft"]["properties"].items():
        field["x-stage"] = "A" if name in ANONYMOUS else "B"
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": "#/$defs/Complaint",
        **schema,
        "x-never-collected": sorted(NEVER),
    }


def published() -> str:
    """What stands in the file, with a line break at its end."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
