"""What every process of the application shares: settings, clock, database, keys, words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from procrastinate import App

from amaan.clock import Clock, SystemClock
from amaan.conversation.own_words import OwnWords
from amaan.crypto import KeyRing, Pseudonymiser
from amaan.errors import ConfigurationError
from amaan.jobs import make_jobs
from amaan.live import Hub
from amaan.operator_alarms import OperatorAlarms
from amaan.settings import Settings
from amaan.storage import Database, Vault
from amaan.words import Catalogues

LOCALES = Path(__file__).resolve().parent.parent / "locales"


@dataclass(frozen=True)
class Core:
    """The parts that doors, actions and handoff are built upon."""

    settings: Settings
    clock: Clock
    jobs: App
    database: Database
    ring: KeyRing
    vault: Vault
    pseudonymiser: Pseudonymiser
    catalogues: Catalogues
    words: OwnWords
    operator_alarms: OperatorAlarms
    hub: Hub

    async def open(self) -> None:
        """Connects the job queue; the hub is started only by processes that serve pages."""
        await self.jobs.open_async()

    async def close(self) -> None:
        """Closes every connection."""
        await self.hub.stop()
        await self.jobs.close_async()
        await self.database.close()


def build_core(settings: Settings, clock: Clock | None = None) -> Core:
    """Builds the core from settings. Connects to nothing yet."""
    if not settings.database_url:
        raise ConfigurationError("DATABASE_URL is not set: set it, or start with `amaan up`")
    clock = clock or SystemClock()
    jobs = make_jobs(settings.database_url)
    database = Database(settings.database_url, jobs)
    ring = KeyRing(settings.keys_folder)
    catalogues = Catalogues.load(LOCALES, today=lambda: clock.now().date())
    return Core(
        settings=settings,
        clock=clock,
        jobs=jobs,
        database=database,
        ring=ring,
        vault=Vault(ring, clock),
        pseudonymiser=Pseudonymiser(settings.lookup_secret.get_secret_value().encode()),
        catalogues=catalogues,
        words=OwnWords(catalogues),
        operator_alarms=OperatorAlarms(database, clock),
        hub=Hub(settings.database_url),
    )
