"""The composition root: where `amaan` joins doors, actions, intake and handoff.

Everything else is given what it needs. Each process builds a `House` and serves
or works with its part of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from fastapi import FastAPI

from actions.app import internal_app
from amaan.conversation import Acceptor, Eraser, Processor
from amaan.core import Core, build_core
from amaan.jobs import conversation_tasks, maintenance_tasks, work_until_told
from amaan.rasa import Rasa
from amaan.settings import Settings
from amaan.text import screen
from amaan.upkeep import Round, Upkeep
from handoff.answers import PageAnswers
from handoff.claims import Claims
from handoff.console import staff_app
from handoff.coverage import LOOK_SECONDS as COVERAGE_SECONDS
from handoff.coverage import Coverage
from handoff.desk import Desk
from handoff.ladder import handoff_tasks
from handoff.lapse import LOOK_SECONDS, Lapses
from handoff.pager import make_pager
from handoff.pause import pause_tasks
from handoff.replies import answer_tasks
from handoff.sayings import say
from handoff.staff import StaffAccounts
from handoff.trail import SEAL_SECONDS, SEAL_WHOLE_SECONDS, Trail
from handoff.transfer import Transfers
from intake.api import IntakeApi
from intake.at_page import AtPage
from intake.callbacks import callback_router
from intake.complaints import Complaints
from intake.filing import Filer
from intake.filing_rounds import (
    POLL_SECONDS,
    REMINDER_SECONDS,
    RETENTION_SECONDS,
    Reminders,
    Retention,
)
from intake.filing_rounds import (
    Unheard as Unasked,
)
from intake.filing_tasks import filing_tasks
from intake.sandbox import sandbox_app
from telephony.app import public_app
from telephony.courier import PostCourier
from telephony.delivery import delivery_tasks
from telephony.gateway.inbound import gateway_router
from telephony.gateway.stand_in import StandIn as GatewayStandIn
from telephony.recordings import LOOK_SECONDS as UNHEARD_SECONDS
from telephony.recordings import Unheard, recording_tasks
from telephony.senders import SenderByDoor, make_sender
from telephony.twilio.media import TwilioRecordings
from telephony.twilio.stand_in import StandIn
from telephony.twilio.voice import TwilioCaller
from telephony.twilio.webhooks import twilio_router
from telephony.web.comeback import FORGET_SECONDS as CODES_SECONDS
from telephony.web.comeback import Comebacks
from telephony.window import release_waiting

# Jobs of one worker that may wait for Rasa or Twilio at the same time.
_CONCURRENCY = 8


@dataclass(frozen=True)
class House:
    """All services of one process, joined."""

    core: Core
    rasa: Rasa
    sender: SenderByDoor
    desk: Desk
    courier: PostCourier
    acceptor: Acceptor
    eraser: Eraser
    processor: Processor
    claims: Claims
    transfers: Transfers
    accounts: StaffAccounts
    api: IntakeApi
    filer: Filer
    upkeep: Upkeep

    async def close(self) -> None:
        """Closes every connection."""
        await self.api.close()
        await self.rasa.close()
        await self.sender.close()
        await self.core.close()


def build_house(settings: Settings) -> House:
    """Joins all services. Connects to nothing yet."""
    core = build_core(settings)
    rasa = Rasa(settings)
    sender = make_sender(settings, core.clock)
    desk = Desk(settings, core.clock)
    courier = PostCourier(sender)
    eraser = Eraser(
        core.database,
        core.vault,
        desk=desk,
        courier=courier,
        dialogue=rasa,
        words=core.words,
        belongings=Complaints(core),
    )
    api = IntakeApi(settings, core.clock)
    processor = Processor(
        core.database,
        core.vault,
        core.clock,
        screener=rasa,
        dialogue=rasa,
        desk=desk,
        courier=courier,
        words=core.words,
        eraser=eraser,
        guard_after=settings.guard_after,
    )
    return House(
        core=core,
        rasa=rasa,
        sender=sender,
        desk=desk,
        courier=courier,
        acceptor=Acceptor(
            core.database,
            core.vault,
            core.pseudonymiser,
            core.clock,
            on_return=release_waiting,
        ),
        eraser=eraser,
        processor=processor,
        claims=Claims(core, desk, courier),
        transfers=Transfers(core, desk, courier),
        accounts=StaffAccounts(core),
        api=api,
        filer=Filer(core, api, desk, partial(say, core, courier)),
        upkeep=Upkeep(
            settings,
            core.clock,
            core.database,
            core.jobs,
            core.vault,
            core.ring,
            rounds=_rounds(core, desk, courier),
        ),
    )


def _rounds(core: Core, desk: Desk, courier: PostCourier) -> list[Round]:
    """What the subjects want looked after beside the house's own upkeep."""
    return [
        Round(LOOK_SECONDS, Lapses(core, desk, courier).take_back),
        Round(COVERAGE_SECONDS, Coverage(core).watch),
        Round(UNHEARD_SECONDS, Unheard(core).forget),
        Round(CODES_SECONDS, Comebacks(core).forget_expired),
        Round(RETENTION_SECONDS, Retention(core).clean),
        Round(REMINDER_SECONDS, Reminders(core, partial(say, core, courier)).remind),
        Round(POLL_SECONDS, Unasked(core).ask),
        Round(SEAL_SECONDS, Trail(core).seal),
        Round(SEAL_WHOLE_SECONDS, Trail(core).seal_whole),
    ]


async def work(settings: Settings) -> None:
    """A worker: jobs and timers of every subject, and the upkeep beside them."""
    house = build_house(settings)
    core = house.core
    pager = make_pager(core, house.sender, TwilioCaller(settings))
    core.jobs.add_tasks_from(conversation_tasks(house.processor), namespace="conversation")
    core.jobs.add_tasks_from(maintenance_tasks(core.database), namespace="maintenance")
    core.jobs.add_tasks_from(delivery_tasks(core, house.sender), namespace="delivery")
    core.jobs.add_tasks_from(
        recording_tasks(core, TwilioRecordings(settings)), namespace="recordings"
    )
    core.jobs.add_tasks_from(handoff_tasks(core, house.courier, pager), namespace="handoff")
    core.jobs.add_tasks_from(answer_tasks(core, house.sender), namespace="answers")
    core.jobs.add_tasks_from(pause_tasks(core, house.transfers), namespace="pauses")
    core.jobs.add_tasks_from(filing_tasks(core, house.filer), namespace="filing")
    # Reads the word lists now: whoever writes to a new worker first must not wait for them.
    screen("")
    await core.open()
    upkeep = asyncio.create_task(house.upkeep.run())
    try:
        await work_until_told(core.jobs, _CONCURRENCY)
    finally:
        upkeep.cancel()
        await house.close()


def public(settings: Settings) -> FastAPI:
    """The app that faces the internet."""
    house = build_house(settings)
    answers = PageAnswers(house.core, house.claims)
    twilio = twilio_router(house.core, house.acceptor, answers)
    app = public_app(house.core, house.acceptor, house.eraser, twilio, papers=AtPage(house.core))
    if settings.sms_provider == "gateway":
        app.include_router(gateway_router(house.core, house.acceptor, answers))
    app.include_router(callback_router(settings, house.core.clock, house.filer.on_state))
    return _living(app, house, with_hub=True)


def staff(settings: Settings) -> FastAPI:
    """The console."""
    house = build_house(settings)
    return _living(
        staff_app(
            house.core,
            house.claims,
            house.accounts,
            house.transfers,
            TwilioRecordings(settings),
        ),
        house,
        with_hub=True,
    )


def internal(settings: Settings) -> FastAPI:
    """Rasa's action endpoint."""
    house = build_house(settings)
    # The same for the first answer in a form.
    screen("")
    return _living(internal_app(house.core, house.desk), house, with_hub=False)


def intake(settings: Settings) -> FastAPI:
    """The intake sandbox."""
    return sandbox_app(settings)


def twilio_stand_in(settings: Settings) -> FastAPI:
    """The stand-in of Twilio."""
    return StandIn(settings).app()


def gateway_stand_in(settings: Settings) -> FastAPI:
    """The stand-in of an SMS gateway."""
    return GatewayStandIn(settings).app()


def _living(app: FastAPI, house: House, *, with_hub: bool) -> FastAPI:
    """`app` with the house opened before its first request and closed after its last."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await house.core.open()
        if with_hub:
            await house.core.hub.start()
        yield
        await house.close()

    app.router.lifespan_context = lifespan
    return app
