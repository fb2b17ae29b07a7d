"""The whole running on this machine: every process real, started as `make run` starts it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import psutil
import psycopg

from amaan.settings import PUBLIC, RASA, STAFF, TWILIO_STAND_IN

ROOT = Path(__file__).resolve().parents[2]
# The ladder in the stories: fast enough to wait for, slow enough to kill in between.
PAGE_STEPS = (0, 4, 8, 12)
_READY_SECONDS = 240
_SIGN_IN = re.compile(r"name (\S+) · word (\S+)")


def free_port_base() -> int:
    """A first port whose followers are free too; not where another run of tests looks first."""
    bases = [*range(18000, 28000, 10)]
    first = os.getpid() % len(bases)
    for base in bases[first:] + bases[:first]:
        try:
            for port in range(base, base + 8):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return base
    raise RuntimeError("no free ports")


class Stage:
    """One installation in a folder of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.output = home.parent / "output.log"
        self.port_base = free_port_base()
        self.sign_in = ("", "")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Starts it and waits until it says that it is up. Returns the seconds this took."""
        began = time.monotonic()
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("AMAAN_")},
            "AMAAN_HOME": str(self.home),
            "AMAAN_PORT_BASE": str(self.port_base),
            "AMAAN_PAGE_STEPS": str(list(PAGE_STEPS)),
        }
        with self.output.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "amaan", "up"],
                cwd=ROOT,
                env=environment,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        offset = self.output.stat().st_size
        wait_for(lambda: "Amaan is up" in self._said(offset), _READY_SECONDS, "start")
        found = _SIGN_IN.search(self._said(offset))
        assert found is not None
        self.sign_in = (found.group(1), found.group(2))
        return time.monotonic() - began

    def _said(self, offset: int) -> str:
        assert self._process is not None
        assert self._process.poll() is None, self.output.read_text()[-2000:]
        return self.output.read_bytes()[offset:].decode()

    def stop(self) -> None:
        """Ctrl-C."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            assert self._process.wait(40) == 0
            self._process = None

    def wait_until_well(self) -> None:
        """Waits until every process answers again, Rasa with its model among them."""
        base = f"http://127.0.0.1:{self.port_base + RASA}/webhooks/amaan/health"
        urls = [f"{self.public}/healthz", f"{self.staff}/healthz", base]

        def answers(url: str) -> bool:
            try:
                return httpx.get(url, trust_env=False, timeout=2).status_code == httpx.codes.OK
            except httpx.HTTPError:
                return False

        wait_for(lambda: all(map(answers, urls)), _READY_SECONDS, "everything well again")

    def pid_of(self, name: str) -> int:
        """Process id of one of the processes: ``rasa``, ``public``, ``worker-1``, ``postgres``."""
        if name == "postgres":
            return int((self.home / "postgres" / "postmaster.pid").read_text().split()[0])
        assert self._process is not None
        marks = {"rasa": ["bot.serve"], "worker-1": ["worker"], "worker-2": ["worker"]}
        wanted = marks.get(name, [name])
        found = sorted(
            child.pid
            for child in psutil.Process(self._process.pid).children()
            if wanted[0] in child.cmdline()
        )
        assert found, name
        return found[-1] if name == "worker-2" else found[0]

    def kill(self, name: str) -> None:
        """kill -9 of one process."""
        os.kill(self.pid_of(name), signal.SIGKILL)

    @property
    def public(self) -> str:
        """Address of the web chat."""
        return f"http://127.0.0.1:{self.port_base + PUBLIC}"

    @property
    def staff(self) -> str:
        """Address of the console."""
        return f"http://127.0.0.1:{self.port_base + STAFF}"

    @property
    def twilio(self) -> str:
        """Address of the Twilio stand-in."""
        return f"http://127.0.0.1:{self.port_base + TWILIO_STAND_IN}"

    @property
    def twilio_token(self) -> str:
        """The secret that signs webhooks."""
        return (self.home / "secrets" / "twilio_auth_token").read_text()

    @property
    def database_url(self) -> str:
        """The embedded database's url, for looking into it."""
        lines = (self.home / "postgres" / "postmaster.pid").read_text().splitlines()
        return f"postgresql://postgres:@/postgres?host={lines[4]}"

    def is_done(self) -> bool:
        """Whether every message of hers was dealt with."""
        waiting = "SELECT count(*) FROM message WHERE author = 'person' AND processed_at IS NULL"
        with psycopg.connect(self.database_url) as connection:
            row = connection.execute(waiting).fetchone()
        return row == (0,)

    def sent(self) -> list[dict[str, str]]:
        """What the Twilio stand-in was asked to send, oldest first."""
        with httpx.Client(trust_env=False) as client:
            found: list[dict[str, str]] = client.get(f"{self.twilio}/__sent").json()
            return found


def wait_for(condition: Callable[[], object], seconds: float, what: str) -> float:
    """Waits until `condition` holds; returns how long it took. Fails after `seconds`."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > seconds:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.02)
    return time.monotonic() - began
