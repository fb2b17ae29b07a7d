"""`make evaluate`: measures the model on the separately written cases of nlu_data/test.

Writes docs/nlu-report.md with its pictures and docs/nlu-figures.json, which the floors are
held against. Nothing is tuned on these cases. With AMAAN_EVERYDAY and AMAAN_LANGUAGES set to
files of JSON lines {"text", "lang", "script"} it also measures false alarms and languages on
text that nobody of this project wrote.
"""

import asyncio
import json
import logging
import os
import sys
from typing import Final

from bot.errors import BotError
from bot.settings import ROOT, quiet_environment

REPORT: Final = ROOT / "docs" / "nlu-report.md"
FIGURES: Final = ROOT / "docs" / "nlu-figures.json"
# As the app does: amaan/conversation/store.py.
MESSAGES_BEFORE: Final = 2


def main() -> int:
    """Measure and write the report. Returns the exit status, 1 when a floor is broken."""
    quiet_environment()
    os.chdir(ROOT)
    try:
        return asyncio.run(_run())
    except BotError as error:
        print(f"evaluate: {error}", file=sys.stderr)
        return 1


async def _run() -> int:
    from bot.evaluation import cases
    from bot.evaluation.figures import headline
    from bot.evaluation.floors import broken
    from bot.evaluation.plots import draw
    from bot.evaluation.report import render
    from bot.evaluation.results import Measuring
    from bot.loading import load_parser, quiet_logs

    quiet_logs(logging.ERROR)
    measuring = Measuring(load_parser())
    await measuring.plain(cases.lines())
    await measuring.noisy()
    await measuring.conversations(cases.conversations(), MESSAGES_BEFORE)
    for name in cases.LEVELLED:
        await measuring.levelled(name, cases.levelled(name))
    await measuring.swaps(cases.swaps())
    await measuring.entities(cases.entity_cases())
    await measuring.everyday(cases.public(os.environ.get("AMAAN_EVERYDAY")))
    await measuring.languages(cases.public(os.environ.get("AMAAN_LANGUAGES")))
    results = measuring.results
    figures = headline(results)
    pictures = draw(results.lines, REPORT.parent)
    REPORT.write_text(render(results, pictures), encoding="utf-8")
    FIGURES.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(f"Wrote {REPORT.relative_to(ROOT)} from {len(results.lines)} lines.", file=sys.stderr)
    faults = broken(figures)
    for fault in faults:
        print(f"evaluate: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
