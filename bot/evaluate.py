"""`make evaluate`: measures the model on the separately written test lines.

Writes docs/nlu-report.md. Nothing is tuned on these lines. With AMAAN_EVERYDAY set to a
file of JSON lines {"text", "lang", "script"} it also counts false alarms on ordinary text
that nobody of this project wrote.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.errors import BotError
from bot.lines import Line, read_lines
from bot.report import render
from bot.settings import ROOT, quiet_environment

TEST_LINES = ROOT / "nlu_data" / "test"
REPORT = ROOT / "docs" / "nlu-report.md"


@dataclass(frozen=True)
class Result:
    """One line and what the model said of it."""

    variant: str
    line: Line | None
    found: dict[str, Any]

    @property
    def alarmed(self) -> bool:
        """Whether danger rang."""
        return bool(self.found["risk"]["level"] != "none")


def main() -> int:
    """Measure and write the report. Returns the exit status."""
    quiet_environment()
    os.chdir(ROOT)
    try:
        lines = read_lines(TEST_LINES)
        everyday = read_everyday(os.environ.get("AMAAN_EVERYDAY"))
        results, milliseconds = asyncio.run(measure(lines, everyday))
    except BotError as error:
        print(f"evaluate: {error}", file=sys.stderr)
        return 1
    REPORT.write_text(render(results, milliseconds), encoding="utf-8")
    print(f"Wrote {REPORT.relative_to(ROOT)} from {len(results)} lines.", file=sys.stderr)
    return 0


def read_everyday(path: str | None) -> list[tuple[str, str]]:
    """Return (variant, text) of the ordinary sentences, or nothing without a file."""
    if not path:
        return []
    rows = (json.loads(raw) for raw in Path(path).read_text(encoding="utf-8").splitlines())
    return [(f"{row['lang']}-{row['script']}", row["text"]) for row in rows]


async def measure(
    lines: Iterable[Line], everyday: Iterable[tuple[str, str]]
) -> tuple[list[Result], list[float]]:
    """Return a result for each text and the milliseconds that each one took."""
    from bot.assess import assess
    from bot.loading import load_parser

    agent = load_parser()
    texts: list[tuple[str, Line | None, str]] = [(e.variant, e, e.text) for e in lines]
    texts += [(variant, None, text) for variant, text in everyday]
    await assess(agent, "warm")
    results, taken = [], []
    for variant, line, text in texts:
        began = time.perf_counter()
        found = await assess(agent, text)
        taken.append((time.perf_counter() - began) * 1000)
        results.append(Result(variant, line, found))
    return results, taken


if __name__ == "__main__":
    sys.exit(main())
