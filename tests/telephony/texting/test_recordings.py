"""Voice notes: noted by strict ids, streamed, deleted at the provider; pictures never touched."""

from __future__ import annotations

import asyncio
import os
import signal
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select, text

from amaan.clock import SetClock
from amaan.conversation.recordings import REMOVE_TASK
from amaan.conversation.store import read_attachments, read_content
from amaan.core import Core
from amaan.errors import NotFoundError, OutsideServiceError
from amaan.jobs import work_until_told
from amaan.settings import Settings
from amaan.storage.models import Message
from telephony.recordings import KEPT_WITHOUT_CASE, Unheard, recording_tasks
from telephony.twilio.media import TWILIO, TwilioRecordings, _store, recording_of
from telephony.twilio.stand_in import StandIn
from telephony.twilio.stand_in_phones import TINY_SOUND, Media
from telephony.twilio.webhooks import read_inbound
from tests.fakes import Bench
from tests.telephony.texting.conftest import NUMBER, Post, served

MESSAGE, MEDIA = "MM" + "1" * 32, "ME" + "2" * 32
SID = f"{MESSAGE}/{MEDIA}"


@pytest.fixture
def recordings(settings: Settings) -> TwilioRecordings:
    """The real adapter, impatient."""
    return TwilioRecordings(settings, timeout_seconds=1.0)


async def sent_in(settings: Settings, media: list[str]) -> None:
    """She sends what is attached over WhatsApp."""
    async with httpx.AsyncClient(base_url=str(settings.twilio_base_url), trust_env=False) as phone:
        wrote = {"door": "whatsapp", "from": NUMBER, "media": media}
        assert (await phone.post("/__inbound", json=wrote)).json()["status"] == 200


async def stored(core: Core) -> tuple[UUID, frozenset[str], list[str]]:
    """Conversation, notes and recordings of the only message."""
    async with core.database.transaction() as tx:
        message = (await tx.session.scalars(select(Message))).one()
        key = await core.vault.open_key(tx, message.conversation_id)
        sids = [one.sid for one in read_attachments(key, message)]
        return message.conversation_id, read_content(key, message).notes, sids


def test_only_our_own_account_at_twilio_is_believed(settings: Settings) -> None:
    own = settings.model_copy(update={"twilio_base_url": None})
    path = f"/2010-04-01/Accounts/{own.twilio_account_sid}/Messages/{MESSAGE}/Media/{MEDIA}"
    assert recording_of(own, TWILIO + path) == SID
    for url in (
        "",
        path,
        f"http://api.twilio.com{path}",
        f"https://api.twilio.com.evil.example{path}",
        f"https://evil.example/{TWILIO}{path}",
        f"{TWILIO}@evil.example{path}",
        f"{TWILIO}{path}?x=1",
        f"{TWILIO}{path}/..",
        f"{TWILIO}{path}\n",
        f"{TWILIO}{path.upper()}",
        TWILIO + path.replace(own.twilio_account_sid, "AC" + "9" * 32),
        TWILIO + path.replace("/Media/", "/../Media/"),
        TWILIO + path.replace(MESSAGE, "SM../../x"),
    ):
        assert recording_of(own, url) is None, url


@pytest.mark.parametrize(
    ("fields", "notes", "voices"),
    [
        ({"NumMedia": "0"}, set(), 0),
        ({"NumMedia": "1", "MediaContentType0": "image/jpeg"}, {"media"}, 0),
        ({"NumMedia": "1", "MediaContentType0": "audio/ogg"}, {"media"}, 0),
        ({"NumMedia": "1", "MediaContentType0": "audio/ogg", "MediaUrl0": "ours"}, {"voice"}, 1),
        ({"NumMedia": "1", "MediaContentType0": "image/png", "MediaUrl0": "ours"}, {"media"}, 0),
        (
            {
                "NumMedia": "2",
                "MediaContentType0": "audio/ogg; codecs=opus",
                "MediaUrl0": "ours",
                "MediaContentType1": "video/mp4",
                "MediaUrl1": "ours",
            },
            {"voice", "media"},
            1,
        ),
        ({"NumMedia": "nonsense"}, {"media"}, 0),
        ({"NumMedia": "9" * 400}, {"media"}, 0),
    ],
)
def test_what_is_attached_is_noted(
    settings: Settings, fields: dict[str, str], notes: set[str], voices: int
) -> None:
    account = f"{settings.twilio_base_url}/2010-04-01/Accounts/{settings.twilio_account_sid}"
    ours = f"{account}/Messages/{MESSAGE}/Media/{MEDIA}"
    form = {name: ours if value == "ours" else value for name, value in fields.items()}
    inbound = read_inbound(
        {"From": f"whatsapp:{NUMBER}", "MessageSid": "SM1", **form},  # type: ignore[arg-type]
        settings,
    )
    assert inbound.notes == notes
    assert [one.sid for one in inbound.attachments] == [SID] * voices


async def test_a_voice_note_is_kept_as_an_id_alone(
    core: Core, settings: Settings, stand_in: StandIn, public: FastAPI, ports: tuple[int, int]
) -> None:
    async with served(public, ports[0]):
        await sent_in(settings, ["audio/ogg", "image/jpeg"])
    _, notes, sids = await stored(core)
    assert notes == {"voice", "media"}
    assert sids == [
        next(sid for sid, m in stand_in.book.media.items() if "audio" in m.content_type)
    ]


async def test_a_recording_is_streamed(recordings: TwilioRecordings, stand_in: StandIn) -> None:
    stand_in.book.media[SID] = Media("audio/ogg; codecs=opus")
    async with recordings.open(SID) as recording:
        assert recording.content_type == "audio/ogg"
        assert b"".join([piece async for piece in recording.pieces]) == TINY_SOUND


async def test_what_is_no_sound_is_not_handed_on(
    recordings: TwilioRecordings, stand_in: StandIn
) -> None:
    stand_in.book.media[SID] = Media("text/html", b"<script>")
    with pytest.raises(OutsideServiceError):
        async with recordings.open(SID):
            pass
    with pytest.raises(NotFoundError):
        async with recordings.open(f"{MESSAGE}/ME{'3' * 32}"):
            pass
    for sid in ("", "../../x", f"{SID}/..", MEDIA):
        with pytest.raises(NotFoundError):
            async with recordings.open(sid):
                pass


async def test_nobody_answers(recordings: TwilioRecordings) -> None:
    with pytest.raises(OutsideServiceError) as caught:
        async with recordings.open(SID):
            pass
    assert MEDIA not in repr(caught.value)
    with pytest.raises(OutsideServiceError):
        await recordings.delete(SID)


@pytest.mark.parametrize(
    ("location", "fine"),
    [
        ("https://mms.twiliocdn.com/AC/x?token=1", True),
        ("https://s3-external-1.amazonaws.com/media.twiliocdn.com/x", True),
        ("http://mms.twiliocdn.com/x", False),
        ("https://mms.twiliocdn.com:8443/x", False),
        ("https://mms.twiliocdn.com.evil.example/x", False),
        ("https://169.254.169.254/x", False),
        ("/relative", False),
        ("", False),
    ],
)
def test_a_redirect_leads_to_twilios_stores_only(location: str, fine: bool) -> None:
    answer = httpx.Response(307, headers={"location": location})
    if fine:
        assert _store(answer) == location
    else:
        with pytest.raises(OutsideServiceError):
            _store(answer)


async def test_deleted_once_and_harmless_again(
    recordings: TwilioRecordings, stand_in: StandIn
) -> None:
    stand_in.book.media[SID] = Media("audio/ogg")
    await recordings.delete(SID)
    assert stand_in.book.media == {}
    await recordings.delete(SID)


async def removed(post: Post, recordings: TwilioRecordings) -> None:
    """Runs the jobs that delete."""
    tasks = recording_tasks(post.core, recordings)
    if "recordings:remove" not in post.core.jobs.tasks:
        post.core.jobs.add_tasks_from(tasks, namespace="recordings")
    await post.work()


async def test_an_erase_deletes_it_at_the_provider(
    post: Post, core: Core, settings: Settings, stand_in: StandIn, public: FastAPI,
    ports: tuple[int, int], recordings: TwilioRecordings,
) -> None:  # fmt: skip
    async with served(public, ports[0]):
        await sent_in(settings, ["audio/ogg"])
    conversation_id, _, _ = await stored(core)
    await Bench(core).eraser.erase(conversation_id)
    assert len(stand_in.book.media) == 1
    await removed(post, recordings)
    assert stand_in.book.media == {}


async def test_unheard_it_goes_after_a_day(
    post: Post, core: Core, settings: Settings, stand_in: StandIn, public: FastAPI,
    ports: tuple[int, int], recordings: TwilioRecordings, clock: SetClock,
) -> None:  # fmt: skip
    async with served(public, ports[0]):
        await sent_in(settings, ["audio/ogg"])
    assert await Unheard(core).forget() == 0
    clock.move(KEPT_WITHOUT_CASE + timedelta(minutes=1))
    assert await Unheard(core).forget() == 1
    assert await Unheard(core).forget() == 0
    await removed(post, recordings)
    assert stand_in.book.media == {}
    assert (await stored(core))[2] == []


async def test_no_job_keeps_the_id_of_what_is_deleted(
    core: Core, recordings: TwilioRecordings, stand_in: StandIn
) -> None:
    stand_in.book.media[SID] = Media("audio/ogg")
    core.jobs.add_tasks_from(recording_tasks(core, recordings), namespace="recordings")

    async def is_kept() -> bool:
        async with core.database.transaction() as tx:
            rows = await tx.session.scalars(text("SELECT args::text FROM procrastinate_jobs"))
            return any(SID in row for row in rows)

    async with core.database.transaction() as tx:
        await tx.defer(REMOVE_TASK, sid=SID)
    assert await is_kept()
    worker = asyncio.create_task(work_until_told(core.jobs, 1))
    async with asyncio.timeout(10):
        while await is_kept():  # noqa: ASYNC110  (it changes in the database)
            await asyncio.sleep(0.05)
    assert stand_in.book.media == {}
    os.kill(os.getpid(), signal.SIGTERM)
    await worker
