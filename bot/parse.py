"""`make -s parse`: JSON lines {"id", "text"} in, one line out for each, in order.

The same model, normalisation and thresholds as in production, offline. A bad line gives
{"id", "error"} and the rest goes on. Standard output carries results only.
"""

import asyncio
import json
import logging
import os
import sys
import warnings
from collections.abc import Awaitable, Callable
from typing import Any, BinaryIO, TextIO

from bot.errors import BotError
from bot.settings import ROOT, quiet_environment

_MAX_TEXT = 100_000
_Assess = Callable[[str], Awaitable[dict[str, Any]]]


def main() -> int:
    """Read standard input to its end. Returns the exit status."""
    quiet_environment()
    os.environ["LOG_LEVEL"] = "ERROR"
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    os.chdir(ROOT)
    # Libraries print; what they print must not stand among the results.
    results = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
    os.dup2(2, 1)
    try:
        asyncio.run(_run(sys.stdin.buffer, results))
    except BotError as error:
        print(f"parse: {error}", file=sys.stderr)
        return 1
    return 0


async def _run(source: BinaryIO, target: TextIO) -> None:
    from bot.assess import assess
    from bot.loading import load_parser, quiet_logs

    quiet_logs(logging.ERROR)
    agent = load_parser()

    async def one(text: str) -> dict[str, Any]:
        return await assess(agent, text)

    await parse_lines(source, target, one)


async def parse_lines(source: BinaryIO, target: TextIO, assess: _Assess) -> None:
    """Write one result for each line of the source that is not blank, in order."""
    for raw in source:
        if raw.strip():
            result = await parse_line(raw, assess)
            target.write(json.dumps(result, ensure_ascii=False) + "\n")
            target.flush()


async def parse_line(raw: bytes, assess: _Assess) -> dict[str, Any]:
    """Return the result of one line: the contract of design 6.1, or {"id", "error"}."""
    try:
        row = json.loads(raw)
    except ValueError:
        return {"id": None, "error": "not JSON"}
    if not isinstance(row, dict):
        return {"id": None, "error": "not an object"}
    name, text = row.get("id"), row.get("text")
    if not isinstance(text, str):
        return {"id": name, "error": "text is missing or not a string"}
    if len(text) > _MAX_TEXT:
        return {"id": name, "error": "text is too long"}
    try:
        found = await assess(text)
    except Exception as error:  # one bad line must not end the run
        return {"id": name, "error": type(error).__name__}
    return {"id": name, **found}


if __name__ == "__main__":
    sys.exit(main())
