"""Measures inside a process that holds a model: `python -m bench.child TASK RESULT [MODEL ...]`.

Writes one JSON object to the file RESULT; what libraries print does not matter.
"""

import asyncio
import json
import logging
import os
import statistics
import sys
import time
import warnings
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from bench import hostile
from bench.sample import pick
from bot.lines import Line, read_lines
from bot.settings import ROOT, quiet_environment

Parse = Callable[[str], Awaitable[dict[str, Any]]]

SAMPLE: Final = 600
WARM_UP: Final = 20
REPEATS: Final = 5
HELD: Final = 50
"""Messages that are parsed before memory is read: what a first message allocates counts."""

TEST_LINES: Final = ROOT / "nlu_data" / "test"


def main(arguments: list[str]) -> int:
    """Run one task. Returns the exit status."""
    task, result, *models = arguments
    quiet_environment()
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    os.chdir(ROOT)
    found = asyncio.run(_TASKS[task]([Path(model) for model in models]))
    Path(result).write_text(json.dumps(found), encoding="utf-8")
    return 0


async def timed(parse: Parse, text: str) -> tuple[float, dict[str, Any]]:
    """Return milliseconds and result of one text."""
    start = time.perf_counter()
    found = await parse(text)
    return (time.perf_counter() - start) * 1000, found


async def screening(parse: Parse, lines: Sequence[Line]) -> list[float]:
    """Return milliseconds of each line, after a warm-up that is not counted."""
    for line in lines[:WARM_UP]:
        await parse(line.text)
    return [(await timed(parse, line.text))[0] for line in lines]


async def worst(parse: Parse, texts: Mapping[str, str]) -> dict[str, list[float]]:
    """Return kind to the milliseconds of each of REPEATS readings.

    By turns and not one kind after the other, so that a pause of the machine does not
    fall on one kind alone.
    """
    found: dict[str, list[float]] = {kind: [] for kind in texts}
    for _ in range(REPEATS):
        for kind, text in texts.items():
            found[kind].append((await timed(parse, text))[0])
    return found


def summary(readings: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    """Return the worst reading and the worst median over the kinds, each with its kind."""
    single = max(readings, key=lambda kind: max(readings[kind]))
    middle = max(readings, key=lambda kind: statistics.median(readings[kind]))
    return {
        "worst": max(readings[single]),
        "worst_kind": single,
        "median": statistics.median(readings[middle]),
        "median_kind": middle,
    }


async def in_turn(
    first: Parse, second: Parse, lines: Sequence[Line]
) -> tuple[list[tuple[float, str]], list[tuple[float, str]]]:
    """Return (milliseconds, intent) of each line for both, message by message.

    Who comes first changes with each line: the second finds the caches warmer.
    """
    for line in lines[:WARM_UP]:
        await first(line.text)
        await second(line.text)
    both: tuple[list[tuple[float, str]], list[tuple[float, str]]] = ([], [])
    for number, line in enumerate(lines):
        for place in (0, 1) if number % 2 == 0 else (1, 0):
            spent, found = await timed((first, second)[place], line.text)
            both[place].append((spent, found["intent"]))
    return both


def resident_mb() -> float:
    """Return the memory this process holds now, in MB of 1,000,000 bytes."""
    for row in Path("/proc/self/status").read_text().splitlines():
        if row.startswith("VmRSS:"):
            return int(row.split()[1]) * 1024 / 1e6
    raise RuntimeError("/proc/self/status has no VmRSS")


async def _screen(_: list[Path]) -> dict[str, Any]:
    parse = _ours()
    return {
        "milliseconds": await screening(parse, sample()),
        "hostile": summary(await worst(parse, hostile.texts())),
    }


async def _hold(models: list[Path]) -> dict[str, Any]:
    """Ours without a path, stock with one."""
    parse = _stock(models[0]) if models else _ours()
    for line in sample()[:HELD]:
        await parse(line.text)
    return {"mb": resident_mb()}


async def _side_by_side(models: list[Path]) -> dict[str, Any]:
    lines = sample()
    ours, stock = await in_turn(_ours(), _stock(models[0]), lines)
    return {
        "lines": [[line.intent, line.is_risk] for line in lines],
        "ours": ours,
        "stock": stock,
    }


def sample() -> list[Line]:
    """Return the fixed sample of the test lines."""
    return pick(read_lines(TEST_LINES), SAMPLE)


def _ours() -> Parse:
    """Load the shipped model; the parser is the only road of production to it."""
    from bot.assess import assess
    from bot.loading import load_parser, quiet_logs

    quiet_logs(logging.ERROR)
    agent = load_parser()

    async def parse(text: str) -> dict[str, Any]:
        found: dict[str, Any] = await assess(agent, text)
        return found

    return parse


def _stock(model: Path) -> Parse:
    """Load a stock model; the text goes to it as it is."""
    from bot.loading import load_parser, quiet_logs

    quiet_logs(logging.ERROR)
    agent = load_parser(model)

    async def parse(text: str) -> dict[str, Any]:
        found = await agent.parse_message(text)
        return {"intent": found["intent"]["name"]}

    return parse


_TASKS: Final[dict[str, Callable[[list[Path]], Coroutine[Any, Any, dict[str, Any]]]]] = {
    "screen": _screen,
    "hold": _hold,
    "side-by-side": _side_by_side,
}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
