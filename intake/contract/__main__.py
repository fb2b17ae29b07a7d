"""``python -m intake.contract`` writes docs/intake/openapi.json from the sandbox's routes."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from amaan.settings import Settings

FILE = Path(__file__).resolve().parents[2] / "docs" / "intake" / "openapi.json"


def described() -> str:
    """The contract as OpenAPI 3.1, in JSON with a line end."""
    # Late: the sandbox is built on this package.
    from intake.sandbox import sandbox_app

    with tempfile.TemporaryDirectory() as folder:
        app = sandbox_app(Settings(home=Path(folder)))
        text = json.dumps(app.openapi(), indent=2, ensure_ascii=False)
        app.state.sandbox.book.close()
    return text + "\n"


if __name__ == "__main__":
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(described())
