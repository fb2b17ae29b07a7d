"""The processes of one installation, as the parent starts and watches them."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from amaan.logs import log

# A process that keeps dying is started again after this many seconds at most.
_MAX_BACKOFF = 5.0
# A process that lived this long is well again.
_WELL_AFTER = 30.0
_STOP_SECONDS = 6.0
_LOG_LIMIT_BYTES = 5 * 1024 * 1024
_PR_SET_PDEATHSIG = 1


def _die_with_parent() -> None:
    """In the child: be ended when the parent dies, however it dies (Linux)."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Child:
    """One process: its command, and what became of it."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log_folder: Path
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    deaths: int = 0
    start_after: float = field(default=0.0)

    def start(self) -> None:
        """Starts it; its output goes to an owner-only log file that never holds a text."""
        path = self.log_folder / f"{self.name}.log"
        too_long = path.exists() and path.stat().st_size > _LOG_LIMIT_BYTES
        handle = os.open(
            path, os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if too_long else os.O_APPEND), 0o600
        )
        try:
            self.process = subprocess.Popen(
                self.command,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=handle,
                stderr=handle,
                preexec_fn=_die_with_parent,
                # Ctrl-C reaches only the parent, which stops the children in order.
                start_new_session=True,
            )
        finally:
            os.close(handle)
        self.started_at = time.monotonic()

    @property
    def is_running(self) -> bool:
        """Whether its process is alive."""
        return self.process is not None and self.process.poll() is None

    def watch(self) -> None:
        """Starts it again if it died, sooner the first time than the tenth."""
        if self.is_running:
            return
        now = time.monotonic()
        if self.process is not None:
            if now - self.started_at > _WELL_AFTER:
                self.deaths = 0
            self.deaths += 1
            self.start_after = now + min(0.2 * 2 ** (self.deaths - 1), _MAX_BACKOFF)
            log().error("process_died", service=self.name, count=self.deaths)
            self.process = None
        if now >= self.start_after:
            self.start()

    def ask_to_stop(self) -> None:
        """Asks it to end."""
        if self.process is not None and self.is_running:
            self.process.terminate()

    def stop(self) -> None:
        """Waits for it to end, and ends it by force if it does not."""
        if self.process is None:
            return
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
