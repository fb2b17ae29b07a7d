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
from pathlib import Path

import httpx
import psycopg

from amaan.processes import Child
from amaan.settings import PUBLIC, SECRET_NAMES, STAFF, TWILIO_STAND_IN, Settings
from amaan.storage.database import libpq_url
from amaan.storage.embedded import EmbeddedPostgres
from amaan.storage.migrate import migrate
from bench.figures import BenchError
from bench.handoff.plan import Victim

ROOT = Path(__file__).resolve().parents[2]
WORKERS = 2
SMS_PER_SECOND = 20.0
"""A number that is made for a spike: what a long code's one a second holds back is not lost,
but would still be on its way when the run is judged."""
_POSTGRES = "postgres"
_WATCH_SECONDS = 0.2
_READY_SECONDS = 90.0


@dataclass
class Outage:
    """One death of a process, in seconds since the epoch."""

    victim: Victim
    name: str
    began: float
    ended: float | None = None
    """When it ran again (a worker: was started again); None while it does not."""


class House:
    """One installation in a temporary folder; only `stop` leaves nothing behind."""

    def __init__(
        self,
        page_steps: tuple[int, ...] = (0, 120, 240, 360),
        *,
        serving: tuple[str, ...] = ("twilio-stand-in", "staff"),
        workers: int = WORKERS,
    ) -> None:
        """`serving` are the servers that `start_processes` starts beside the workers."""
        self.folder = Path(tempfile.mkdtemp(prefix="amaan-bench-"))
        # PostgreSQL runs under its own user when this runs as root.
        self.folder.chmod(0o755)
        self.outages: list[Outage] = []
        self._page_steps = page_steps
        self._serving = serving
        self._workers = workers
        self._postgres = EmbeddedPostgres(self.folder / "postgres")
        self._children: list[Child] = []
        self._watching: asyncio.Task[None] | None = None
        self.settings = Settings()

    async def start_database(self) -> None:
        """Starts PostgreSQL and brings it to the present shape; then `settings` are right."""
        url = await asyncio.to_thread(self._postgres.start)
        await asyncio.to_thread(migrate, url)
        home = self.folder / "home"
        for name in ("logs", "keys"):
            (home / name).mkdir(mode=0o700, parents=True)
        port_base = _free_port_base()
        self.settings = Settings(
            home=home,
            database_url=url,
            port_base=port_base,
            twilio_base_url=f"http://127.0.0.1:{port_base + TWILIO_STAND_IN}",
            page_steps=self._page_steps,
            sms_per_second=SMS_PER_SECOND,
            **{name: secrets.token_urlsafe(48) for name in SECRET_NAMES},  # type: ignore[arg-type]
        )

    async def start_processes(self) -> None:
        """Starts servers and workers, and waits for them."""
        environment = self._environment()
        workers = ((f"worker-{n}", "worker") for n in range(1, self._workers + 1))
        for name, process in (*((name, name) for name in self._serving), *workers):
            command = [sys.executable, "-m", "amaan", "serve", process]
            child = Child(name, command, environment, self.settings.home / "logs")
            child.start()
            self._children.append(child)
        deadline = time.monotonic() + _READY_SECONDS
        while not await self._is_ready():
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
            "twilio_base_url": settings.twilio_base_url or "",
            "page_steps": str(list(settings.page_steps)),
            "sms_per_second": str(settings.sms_per_second),
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
        paths = {
            "twilio-stand-in": self.stand_in_url + "/__sent",
            "staff": self.staff_url + "/healthz",
            "public": self.public_url + "/healthz",
        }
        urls = [paths[name] for name in self._serving]
        async with httpx.AsyncClient(trust_env=False, timeout=2) as client:
            try:
                answers = [(await client.get(url)).status_code for url in urls]
            except httpx.HTTPError:
                return False
        async with await psycopg.AsyncConnection.connect(self.libpq_url) as connection:
            found = await connection.execute("SELECT count(*) FROM procrastinate_workers")
            row = await found.fetchone()
        return set(answers) == {httpx.codes.OK} and row is not None and row[0] >= self._workers

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
                if child.is_running:
                    self._note_back(child.name)
            await asyncio.sleep(_WATCH_SECONDS)

    def _note_back(self, name: str) -> None:
        for outage in self.outages:
            if outage.name == name and outage.ended is None:
                outage.ended = time.time()

    async def kill(self, victim: Victim, which: int = 0) -> None:
        """kill -9 of the database or of worker number `which`, as soon as it runs."""
        name = _POSTGRES if victim == "database" else f"worker-{which % self._workers + 1}"
        pid = self._pid(name)
        while pid is None:
            await asyncio.sleep(_WATCH_SECONDS)
            pid = self._pid(name)
        self.outages.append(Outage(victim, name, time.time()))
        os.kill(pid, signal.SIGKILL)

    def _pid(self, name: str) -> int | None:
        if name == _POSTGRES:
            return self._postgres.pid if self._postgres.is_running else None
        process = next(child.process for child in self._children if child.name == name)
        return process.pid if process is not None and process.poll() is None else None

    async def rest(self) -> None:
        """Lets the workers end what they are doing, so that nothing moves any more."""
        await self._stop_watching()
        workers = [child for child in self._children if child.name.startswith("worker")]
        for child in workers:
            child.ask_to_stop()
        for child in workers:
            await asyncio.to_thread(child.stop)

    async def _stop_watching(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)

    async def stop(self) -> None:
        """Ends every process and deletes the folder."""
        await self._stop_watching()
        for child in self._children:
            child.ask_to_stop()
        for child in self._children:
            child.stop()
        await asyncio.to_thread(self._postgres.stop)
        shutil.rmtree(self.folder, ignore_errors=True)

    def cpu_seconds(self, name: str) -> float:
        """What a process has used of the cores since it was started."""
        pid = self._pid(name)
        if pid is None:
            return 0.0
        # Fields 14 and 15 of proc(5); the second may hold spaces, within brackets.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def libpq_url(self) -> str:
        """The database's address."""
        return libpq_url(self.settings.database_url or "")

    @property
    def public_url(self) -> str:
        """The doors' address."""
        return self.settings.url(PUBLIC)

    @property
    def staff_url(self) -> str:
        """The console's address."""
        return self.settings.url(STAFF)

    @property
    def stand_in_url(self) -> str:
        """The stand-in's address."""
        return self.settings.url(TWILIO_STAND_IN)


def _free_port_base() -> int:
    """A first port whose five followers are free too."""
    for base in range(28100, 38000, 10):
        try:
            for port in range(base, base + 6):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return base
    raise BenchError("no free ports")
