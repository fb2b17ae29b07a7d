"""`python -m bench.intake.worker SPEED`: a worker that files, and nothing else.

As `amaan.composition.work` without the subjects that have no part in this. SPEED divides the
waits between tries; 1 leaves them as they are.
"""

from __future__ import annotations

import asyncio
import sys
from functools import partial

from amaan.core import build_core
from amaan.jobs import work_until_told
from amaan.logs import configure_logs
from amaan.settings import Settings
from amaan.upkeep import Upkeep
from handoff.desk import Desk
from handoff.sayings import say
from intake import filing, gate
from intake.api import IntakeApi
from intake.filing import Filer
from intake.filing_tasks import filing_tasks
from telephony.courier import PostCourier
from telephony.senders import make_sender

_CONCURRENCY = 8


async def work(settings: Settings) -> None:
    """Files until it is told to stop."""
    core = build_core(settings)
    sender = make_sender(settings, core.clock)
    api = IntakeApi(settings, core.clock)
    desk = Desk(settings, core.clock)
    filer = Filer(core, api, desk, partial(say, core, PostCourier(sender)))
    core.jobs.add_tasks_from(filing_tasks(core, filer), namespace="filing")
    await core.open()
    upkeep = Upkeep(settings, core.clock, core.database, core.jobs, core.vault, core.ring)
    keeping = asyncio.create_task(upkeep.run())
    try:
        await work_until_told(core.jobs, _CONCURRENCY)
    finally:
        keeping.cancel()
        await api.close()
        await sender.close()
        await core.close()


def hurry(speed: float) -> None:
    """Divides every wait of the filing; what a call may take is left as it is."""
    filing.BACK_OFF = tuple(wait / speed for wait in filing.BACK_OFF)
    for name in ("LOOK_AGAIN", "SETTLE", "SPREAD"):
        setattr(filing, name, getattr(filing, name) / speed)
    gate.REST = gate.REST / speed


if __name__ == "__main__":
    configure_logs("worker")
    hurry(float(sys.argv[1]))
    asyncio.run(work(Settings.load()))
