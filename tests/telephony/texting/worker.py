"""A delivery worker as a process of its own, so that a test can kill it."""

from __future__ import annotations

import asyncio

from amaan.core import build_core
from amaan.settings import Settings
from telephony.delivery import delivery_tasks
from telephony.twilio.outbound import TwilioSender


async def main() -> None:
    """Works until it is killed."""
    settings = Settings.load()
    core = build_core(settings)
    core.jobs.add_tasks_from(delivery_tasks(core, TwilioSender(settings)), namespace="delivery")
    await core.open()
    await core.jobs.run_worker_async(update_heartbeat_interval=0.2)


asyncio.run(main())
