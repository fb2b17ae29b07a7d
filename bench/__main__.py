"""`python -m bench [--quick] [--epochs N]`: JSON lines on standard output, a table beside."""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bench.figures import Figure, table
from bench.measures import Measures
from bot.errors import BotError
from bot.settings import MODEL, ROOT, quiet_environment

DEFAULT_EPOCHS: Final = 10
# Figures taken while something else keeps a core busy are not ours.
_BUSY: Final = 0.5


def main(arguments: list[str]) -> int:
    """Measure and print. Returns 1 when a measure cannot be taken or a bar is missed."""
    options = _options(arguments)
    quiet_environment()
    os.chdir(ROOT)
    _describe_machine()
    figures: list[Figure] = []
    fault = None
    try:
        with tempfile.TemporaryDirectory(prefix="amaan-bench-") as scratch:
            measures = Measures(Path(scratch), options.epochs)
            for figure in _taken(measures, figures, quick=options.quick):
                figures.append(figure)
                print(figure.line(), flush=True)
    except BotError as error:
        # What was measured before still stands.
        fault = error
    print(f"\n{table(figures)}", file=sys.stderr)
    missed = [figure.name for figure in figures if figure.holds is False]
    if missed:
        print(f"bench: bar missed: {', '.join(missed)}", file=sys.stderr)
    if fault:
        print(f"bench: {fault}", file=sys.stderr)
    return 1 if missed or fault else 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description="What understanding costs.")
    parser.add_argument(
        "--quick", action="store_true", help="leave out training and the stock Rasa beside ours"
    )
    parser.add_argument(
        "--epochs", type=_positive, default=DEFAULT_EPOCHS, help="of stock DIET (%(default)s)"
    )
    return parser.parse_args(arguments)


def _positive(word: str) -> int:
    if not word.isdigit() or int(word) < 1:
        raise argparse.ArgumentTypeError("must be a number above 0")
    return int(word)


def _taken(measures: Measures, so_far: list[Figure], *, quick: bool) -> Iterator[Figure]:
    if not MODEL.is_file():
        raise BotError(f"no model at models/{MODEL.name}; run make train")
    yield from measures.screening()
    yield from measures.sizes()
    yield from measures.parse()
    if not quick:
        yield from measures.training()
        yield from measures.side_by_side(so_far)


def _describe_machine() -> None:
    cores = len(os.sched_getaffinity(0))
    load = os.getloadavg()[0]
    print(f"{cores} cores, load {load:.2f}. The bars are for 2 cores.", file=sys.stderr)
    if load > _BUSY:
        print("Other work is running: take every time below as an upper bound.", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
