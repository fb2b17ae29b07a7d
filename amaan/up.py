"""`amaan up`: the whole on one machine, under one parent.

Starts the database, brings it to the present shape, starts every process, says
when all of it answers, starts again what dies, and stops everything on Ctrl-C.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import httpx

from amaan.errors import ConfigurationError
from amaan.logs import log
from amaan.operating import prepare
from amaan.processes import Child
from amaan.settings import (
    GATEWAY_STAND_IN,
    INTAKE,
    INTERNAL,
    PUBLIC,
    RASA,
    STAFF,
    TWILIO_STAND_IN,
    Settings,
)
from amaan.storage.embedded import EmbeddedPostgres
from amaan.storage.migrate import migrate

_ROOT = Path(__file__).resolve().parent.parent
BOT_PYTHON = _ROOT / ".venv-bot" / "bin" / "python"
_WATCH_SECONDS = 0.2
# Rasa needs 15 to 30 s to load (rasa-notes 2); on a busy machine several times that.
_READY_SECONDS = 240.0
_WORKERS = 2


class Up:
    """The parent of all processes."""

    def __init__(self, settings: Settings) -> None:
        self._has_gateway_stand_in = settings.sms_provider == "gateway" and not settings.gateway_url
        if self._has_gateway_stand_in:
            settings = settings.model_copy(update={"gateway_url": settings.url(GATEWAY_STAND_IN)})
        self._settings = settings
        self._postgres: EmbeddedPostgres | None = None
        self._children: list[Child] = []
        self._stopping = False

    def run(self) -> None:
        """Runs until Ctrl-C or SIGTERM. Raises `ConfigurationError` when it cannot start."""
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, self._stop)
        try:
            url = self._start_database()
            sign_in = asyncio.run(prepare(self._settings.model_copy(update={"database_url": url})))
            self._start_children(url)
            self._wait_until_ready()
            if not self._stopping:
                self._announce(sign_in)
            while not self._stopping:
                self._watch()
                time.sleep(_WATCH_SECONDS)
        finally:
            self._stop_all()

    def _start_database(self) -> str:
        home = self._settings.home
        home.mkdir(parents=True, exist_ok=True)
        for name in ("logs", "secrets", "keys"):
            (home / name).mkdir(mode=0o700, exist_ok=True)
        _say("Starting the database ...")
        if self._settings.database_url:
            url = self._settings.database_url
        else:
            self._postgres = EmbeddedPostgres(home / "postgres")
            url = self._postgres.start()
        migrate(url)
        return url

    def _start_children(self, url: str) -> None:
        environment = self._environment(url)
        this = [sys.executable, "-m", "amaan", "serve"]
        commands: dict[str, list[str]] = {
            "rasa": [str(BOT_PYTHON), "-m", "bot.serve"],
            "internal": [*this, "internal"],
            "public": [*this, "public"],
            "staff": [*this, "staff"],
            **{f"worker-{n}": [*this, "worker"] for n in range(1, _WORKERS + 1)},
        }
        if self._settings.intake_url is None:
            commands["intake"] = [*this, "intake"]
        if "AMAAN_TWILIO_BASE_URL" not in os.environ:
            commands["twilio-stand-in"] = [*this, "twilio-stand-in"]
            environment["AMAAN_TWILIO_BASE_URL"] = self._settings.url(TWILIO_STAND_IN)
        if self._has_gateway_stand_in:
            commands["gateway-stand-in"] = [*this, "gateway-stand-in"]
            environment["AMAAN_GATEWAY_URL"] = self._settings.gateway_url or ""
        for name, command in commands.items():
            child = Child(name, command, environment, self._settings.home / "logs")
            child.start()
            self._children.append(child)

    def _environment(self, url: str) -> dict[str, str]:
        settings = self._settings
        return {
            **os.environ,
            "AMAAN_HOME": str(settings.home.resolve()),
            "AMAAN_DATABASE_URL": url,
            "AMAAN_PORT_BASE": str(settings.port_base),
            "AMAAN_KEYS": str(settings.keys_folder.resolve()),
            "AMAAN_RASA_SECRET": settings.rasa_secret.get_secret_value(),
            "AMAAN_RASA_PORT": str(settings.port(RASA)),
            "AMAAN_ACTION_SECRET": settings.action_secret.get_secret_value(),
            "AMAAN_ACTIONS_URL": f"{settings.url(INTERNAL)}/webhook",
            "PYTHONPATH": str(_ROOT),
            "PYTHONUNBUFFERED": "1",
            # Rasa's own switches: rasa-notes 2 and 6.
            "OMP_NUM_THREADS": "1",
            "RASA_TELEMETRY_ENABLED": "false",
        }

    def _wait_until_ready(self) -> None:
        settings = self._settings
        waiting = {
            "public": f"{settings.url(PUBLIC)}/healthz",
            "staff": f"{settings.url(STAFF)}/healthz",
            "internal": f"{settings.url(INTERNAL)}/healthz",
            "rasa": f"{settings.url(RASA)}/webhooks/amaan/health",
        }
        _say("Starting the assistant; the model takes 15 to 30 seconds to load ...")
        if settings.intake_url is None:
            waiting["intake"] = f"{settings.url(INTAKE)}/healthz"
        deadline = time.monotonic() + _READY_SECONDS
        with httpx.Client(trust_env=False, timeout=1.0) as client:
            while waiting and not self._stopping:
                waiting = {n: u for n, u in waiting.items() if not _answers(client, u)}
                self._watch()
                if time.monotonic() > deadline:
                    names = ", ".join(waiting)
                    raise ConfigurationError(
                        f"these did not start: {names}; see {settings.home}/logs"
                    )
                time.sleep(_WATCH_SECONDS)

    def _announce(self, sign_in: tuple[str, str]) -> None:
        settings = self._settings
        name, word = sign_in
        _say(f"Staff sign-in, works once: name {name} · word {word}")
        _say(
            f"Amaan is up: web chat {settings.url(PUBLIC)} · staff {settings.url(STAFF)} "
            + (f"· intake sandbox {settings.url(INTAKE)}" if settings.intake_url is None else "")
        )

    def _watch(self) -> None:
        if self._postgres is not None and not self._postgres.is_running:
            log().error("process_died", service="postgres")
            try:
                self._postgres.ensure_running()
            except Exception as error:  # tried again on the next round
                log().error("database_not_started", error_type=type(error).__name__)
        for child in self._children:
            child.watch()

    def _stop(self, *_args: object) -> None:
        self._stopping = True

    def _stop_all(self) -> None:
        for child in self._children:
            child.ask_to_stop()
        for child in self._children:
            child.stop()
        if self._postgres is not None:
            self._postgres.stop()


def _answers(client: httpx.Client, url: str) -> bool:
    try:
        return client.get(url).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def _say(line: str) -> None:
    print(line, flush=True)
