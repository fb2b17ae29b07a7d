"""Runs one command as a child and measures its wall time and its highest memory.

The caller must be small: on Linux a child's highest memory begins at what its parent
holds when it starts it (measured: `true`, started by 300 MB, is said to have held 300 MB).
That is why no model is loaded here.
"""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.figures import BenchError

_POLL_SECONDS: Final = 0.05
_NEWS_SECONDS: Final = 60
_LAST_LINES: Final = 15


@dataclass(frozen=True, slots=True)
class Ran:
    """What a finished child cost."""

    seconds: float
    peak_mb: float


def run(
    command: Sequence[str],
    *,
    cwd: Path,
    log: Path,
    source: Path | None = None,
    target: Path | None = None,
    limit_seconds: float = 3_600,
) -> Ran:
    """Run to the end; what is not written to `target` goes into `log`.

    Says every minute on standard error that it still runs. Raises BenchError, with the
    log's last lines, when the command fails or takes longer than the limit.
    """
    with (
        log.open("wb") as words,
        (source or Path(os.devnull)).open("rb") as given,
        (target or Path(os.devnull)).open("wb") as results,
    ):
        start = time.perf_counter()
        child = subprocess.Popen(  # noqa: S603  commands are ours
            command,
            cwd=cwd,
            stdin=given,
            stdout=results if target else words,
            stderr=words,
        )
        try:
            status, peak_kib = _wait(child.pid, start, limit_seconds)
        except BaseException:
            # Ctrl-C as well: a training that nobody waits for would run on for minutes.
            child.kill()
            child.wait()
            raise
        seconds = time.perf_counter() - start
        # The child is reaped already; without this Popen would wait for it again.
        child.returncode = status
    if status != 0:
        last = log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LAST_LINES:]
        name = " ".join(command[1:4])
        raise BenchError(f"{name} ended with status {status}:\n" + "\n".join(last))
    return Ran(seconds, peak_kib * 1024 / 1e6)


def _wait(pid: int, start: float, limit_seconds: float) -> tuple[int, int]:
    """Return exit status and highest memory in KiB. Raises BenchError past the limit."""
    news = start + _NEWS_SECONDS
    while True:
        ended, status, usage = os.wait4(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status), usage.ru_maxrss
        now = time.perf_counter()
        if now - start > limit_seconds:
            raise BenchError(f"not done after {limit_seconds:.0f} s; free the machine, try again")
        if now > news:
            print(f"  ... {now - start:.0f} s", file=sys.stderr)
            news += _NEWS_SECONDS
        time.sleep(_POLL_SECONDS)
