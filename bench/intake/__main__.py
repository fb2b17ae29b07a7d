"""`python -m bench.intake [options]`: JSON lines on standard output, a table beside."""

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
from bench.intake.run import Options, run

# Figures taken while something else keeps a core busy are not ours.
_BUSY = 0.5


def main(arguments: Sequence[str]) -> int:
    """Runs and prints. Returns 1 when a bar is missed or the run could not be made."""
    options = parsed(arguments)
    # Deeds of this script log like those of the house; only the table is wanted here.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.CRITICAL)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    load = os.getloadavg()[0]
    _say(f"{len(os.sched_getaffinity(0))} cores, load {load:.2f}. The bars are for 2 cores.")
    if load > _BUSY:
        _say("Other work is running: take every time below as an upper bound.")
    try:
        figures = asyncio.run(run(options, _say))
    except BenchError as error:
        _say(f"bench-intake: {error}")
        return 1
    for figure in figures:
        print(figure.line(), flush=True)
    _say(f"\n{table(figures)}")
    missed = [figure.name for figure in figures if figure.holds is False]
    if missed:
        _say(f"\nbench-intake: bar missed: {', '.join(missed)}")
    return 1 if missed else 0


def parsed(arguments: Sequence[str]) -> Options:
    """The options of a run."""
    parser = argparse.ArgumentParser(
        prog="bench-intake", description="Complaints, and processes that die."
    )
    whole = {
        "count": "complaints with consent (1000)",
        "seconds": "they are given in so long (300)",
        "kills": "of a worker, and as many of the database and of the sandbox (6)",
        "faults": "of the sandbox (120)",
        "seed": "of everything drawn (1)",
    }
    for name, text in whole.items():
        parser.add_argument(f"--{name}", type=_count, default=getattr(Options, name), help=text)
    parser.add_argument(
        "--speed", type=float, default=1.0, help="divides the waits between tries (1: as they are)"
    )
    parser.add_argument(
        "--quick", action="store_true", help="100 complaints in 40 s, 1 kill of each, waits by 20"
    )
    given = parser.parse_args(arguments)
    if given.quick:
        return Options(100, 40, 1, 20, given.seed, 20.0)
    return Options(
        given.count, given.seconds, given.kills, given.faults, given.seed, max(given.speed, 1.0)
    )


def _count(word: str) -> int:
    if not word.isdigit():
        raise argparse.ArgumentTypeError("must be a number")
    return int(word)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
