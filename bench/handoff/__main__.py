"""`python -m bench.handoff [options]`: the table of measures with their bars."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import Sequence

import structlog

from bench.figures import BenchError, table
from bench.handoff.run import Options, run

# Figures taken while something else keeps a core busy are not ours.
_BUSY = 0.5


def main(arguments: Sequence[str]) -> int:
    """Runs and prints. Returns 1 when a bar is missed or the run could not be made."""
    options = _options(arguments)
    # Deeds of this script log like those of the house; only the table is wanted here.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.CRITICAL)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    load = os.getloadavg()[0]
    print(f"{len(os.sched_getaffinity(0))} cores, load {load:.2f}. The bars are for 2 cores.")
    if load > _BUSY:
        print("Other work is running: take every time below as an upper bound.")
    try:
        figures = asyncio.run(run(options, _say))
    except BenchError as error:
        print(f"bench-handoff: {error}", file=sys.stderr)
        return 1
    print(f"\n{table(figures)}")
    missed = [figure.name for figure in figures if figure.holds is False]
    if missed:
        print(f"\nbench-handoff: bar missed: {', '.join(missed)}", file=sys.stderr)
    return 1 if missed else 0


def _options(arguments: Sequence[str]) -> Options:
    parser = argparse.ArgumentParser(
        prog="bench-handoff", description="Alarms, consoles and processes that die."
    )
    parser.add_argument("--seconds", type=_positive, help="alarms ring for so long (300)")
    parser.add_argument("--alarms", type=_positive, help="how many ring (300)")
    parser.add_argument("--consoles", type=_positive, help="how many are open (40)")
    parser.add_argument(
        "--pages", type=_count, help="consoles that read the queue after each event (a tenth)"
    )
    parser.add_argument("--kills", type=_count, help="of a worker, and as many of the database (4)")
    parser.add_argument("--seed", type=_count, default=1, help="of everything drawn (%(default)s)")
    parser.add_argument(
        "--quick", action="store_true", help="30 s, 30 alarms, 10 consoles, 1 kill of each"
    )
    given = parser.parse_args(arguments)
    chosen = {
        name: value
        for name in ("seconds", "alarms", "consoles", "pages", "kills")
        if (value := getattr(given, name)) is not None
    }
    options = Options.quick(given.seed) if given.quick else Options(given.seed)
    return options.with_given(**chosen)


def _count(word: str) -> int:
    if not word.isdigit():
        raise argparse.ArgumentTypeError("must be a number")
    return int(word)


def _positive(word: str) -> int:
    if _count(word) < 1:
        raise argparse.ArgumentTypeError("must be a number above 0")
    return int(word)


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
