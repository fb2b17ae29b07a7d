"""The processes under test: started, killed, and started again as `amaan up` does it."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import signal
import socket
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import psycopg

from amaan.processes import Child
from amaan.settings import INTAKE, SECRET_NAMES, Settings
from amaan.storage.database import libpq_url
from amaan.storage.embedded import EmbeddedPostgres
from amaan.storage.migrate import migrate
from bench.figures import BenchError
from bench.intake.plan import Victim

ROOT = Path(__file__).resolve().parents[2]
WORKERS = 2
TIMEOUT_SECONDS = 3
"""How long the client waits: short, so that calls that hang do not fill the whole run."""
_POSTGRES = "postgres"
_WATCH_SECONDS = 0.2
_READY_SECONDS = 90.0
_PORTS = 7


@dataclass
class Outage:
    """One death of a process, in seconds since the epoch."""

    name: str
    began: float
    ended: float | None = None
    """When it ran again; None while it does not."""


class House:
    """One installation in a temporary folder; only `stop` leaves nothing behind."""

    def __init__(self, speed: float) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="amaan-bench-"))
        # PostgreSQL runs under its own user when this runs as root.
        self.folder.chmod(0o755)
        self.outages: list[Outage] = []
        self._speed = speed
        self._postgres = EmbeddedPostgres(self.folder / "postgres")
        self._children: list[Child] = []
        self._watching: asyncio.Task[None] | None = None
        self.settings = Settings()

    async def start_database(self) -> None:
        """Starts PostgreSQL and brings it to the present shape; then `settings` are right."""
        url = await asyncio.to_thread(self._postgres.start)
        await asyncio.to_thread(migrate, url)
        home = self.folder / "home"
        for name in ("logs", "keys", "secrets"):
            (home / name).mkdir(mode=0o700, parents=True)
        self.settings = Settings(
            home=home,
            database_url=url,
            port_base=_free_port_base(),
            intake_timeout=timedelta(seconds=TIMEOUT_SECONDS),
            **{name: secrets.token_urlsafe(48) for name in SECRET_NAMES},  # type: ignore[arg-type]
        )

    async def start_processes(self) -> None:
        """Starts sandbox and workers, and waits for them."""
        environment = self._environment()
        python = sys.executable
        commands = {"sandbox": [python, "-m", "amaan", "serve", "intake"]}
        for number in range(1, WORKERS + 1):
            command = [python, "-m", "bench.intake.worker", str(self._speed)]
            commands[f"worker-{number}"] = command
        for name, command in commands.items():
            child = Child(name, command, environment, self.settings.home / "logs")
            child.start()
            self._children.append(child)
        deadline = time.monotonic() + _READY_SECONDS
        while not (await self._is_ready() and await self._works()):
            if time.monotonic() > deadline:
                raise BenchError("the processes did not start in time; free the machine, try again")
            await asyncio.sleep(_WATCH_SECONDS)
        self._watching = asyncio.create_task(self._watch())

    def _environment(self) -> dict[str, str]:
        settings = self.settings
        given = {name: getattr(settings, name).get_secret_value() for name in SECRET_NAMES}
        given |= {
            "home": str(settings.home),
            "database_url": settings.database_url or "",
            "port_base": str(settings.port_base),
            "intake_timeout": f"PT{TIMEOUT_SECONDS}S",
        }
        # Settings of the machine's own installation must not reach these processes.
        kept = {name: value for name, value in os.environ.items() if name[:6] != "AMAAN_"}
        return {
            **kept,
            **{f"AMAAN_{name.upper()}": value for name, value in given.items()},
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
        }

    async def _is_ready(self) -> bool:
        async with httpx.AsyncClient(trust_env=False, timeout=2) as client:
            try:
                answer = await client.get(f"{self.sandbox_url}/healthz")
            except httpx.HTTPError:
                return False
        return answer.status_code == httpx.codes.OK

    async def _works(self) -> bool:
        url = libpq_url(self.settings.database_url or "")
        async with await psycopg.AsyncConnection.connect(url) as connection:
            found = await connection.execute("SELECT count(*) FROM procrastinate_workers")
            row = await found.fetchone()
        return row is not None and row[0] >= WORKERS

    async def _watch(self) -> None:
        while True:
            if not self._postgres.is_running:
                try:
                    await asyncio.to_thread(self._postgres.ensure_running)
                    self._note_back(_POSTGRES)
                except Exception:  # tried again on the next round, as `amaan up` does
                    await asyncio.sleep(_WATCH_SECONDS)
            # In this thread: a child is ended when the thread that started it ends.
            for child in self._children:
                child.watch()
                if child.is_running and (child.name != "sandbox" or await self._is_ready()):
                    self._note_back(child.name)
            await asyncio.sleep(_WATCH_SECONDS)

    def _note_back(self, name: str) -> None:
        for outage in self.outages:
            if outage.name == name and outage.ended is None:
                outage.ended = time.time()

    async def kill(self, victim: Victim, which: int = 0) -> None:
        """kill -9 of the database, the sandbox, or worker number `which`, as soon as it runs."""
        names = {"database": _POSTGRES, "sandbox": "sandbox"}
        name = names.get(victim, f"worker-{which % WORKERS + 1}")
        pid = self._pid(name)
        while pid is None:
            await asyncio.sleep(_WATCH_SECONDS)
            pid = self._pid(name)
        self.outages.append(Outage(name, time.time()))
        os.kill(pid, signal.SIGKILL)

    def _pid(self, name: str) -> int | None:
        if name == _POSTGRES:
            return self._postgres.pid if self._postgres.is_running else None
        process = next(child.process for child in self._children if child.name == name)
        return process.pid if process is not None and process.poll() is None else None

    async def stop(self) -> None:
        """Ends every process and deletes the folder."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        for child in self._children:
            child.ask_to_stop()
        for child in self._children:
            child.stop()
        await asyncio.to_thread(self._postgres.stop)
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def sandbox_url(self) -> str:
        """The sandbox's address."""
        return self.settings.url(INTAKE)


def _free_port_base() -> int:
    """A first port whose followers are free too."""
    for base in range(38100, 48000, 10):
        try:
            for port in range(base, base + _PORTS):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return base
    raise BenchError("no free ports")
