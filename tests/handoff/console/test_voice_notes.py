"""Who may listen to a voice note, what the console answers, and when it is gone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import select

from amaan.core import Core
from amaan.errors import NotFoundError
from amaan.ports import Attachment, Inbound, Recording
from amaan.storage.models import AuditEvent
from handoff.console import staff_app
from tests.handoff.console.conftest import WISH_TO_DIE, House, browser_of, sign_in

SID = "MM" + "1" * 32 + "/ME" + "2" * 32
SOUND = b"OggS and so on"


class FakeRecordings:
    """One recording in memory."""

    def __init__(self) -> None:
        self.kept = {SID: SOUND}
        self.opened: list[str] = []

    @asynccontextmanager
    async def open(self, sid: str) -> AsyncIterator[Recording]:
        """See `Recordings.open`."""
        if sid not in self.kept:
            raise NotFoundError(code="recording_gone")
        self.opened.append(sid)

        async def pieces() -> AsyncIterator[bytes]:
            for at in range(0, len(SOUND), 5):
                yield self.kept[sid][at : at + 5]

        yield Recording("audio/ogg", pieces())

    async def delete(self, sid: str) -> None:
        """See `Recordings.delete`."""
        self.kept.pop(sid, None)


@pytest.fixture
def recordings() -> FakeRecordings:
    """See `FakeRecordings`."""
    return FakeRecordings()


@pytest.fixture
def house(house: House, recordings: FakeRecordings) -> House:
    """A console that can fetch voice notes."""
    house.app = staff_app(house.core, house.claims, house.staff, house.transfers, recordings)
    return house


async def case_with_voice(house: House) -> tuple[UUID, UUID]:
    """A case in whose conversation a voice note came; case and message."""
    conversation_id = await house.writes(WISH_TO_DIE, address="+92300000001", door="whatsapp")
    inbound = Inbound(
        "whatsapp",
        "+92300000001",
        "",
        uuid4().hex,
        notes=frozenset({"voice"}),
        attachments=(Attachment(SID, "voice"),),
    )
    accepted = await house.bench.acceptor.accept(inbound)
    assert accepted.message_id is not None
    return await house.case_of(conversation_id), accepted.message_id


async def heard(core: Core) -> list[str]:
    """Which cases voice notes were listened to in."""
    async with core.database.transaction() as tx:
        rows = select(AuditEvent.subject_id).where(AuditEvent.tag == "voice:heard")
        return list(await tx.session.scalars(rows))


async def test_the_holder_listens_and_it_is_recorded(
    house: House, asma: httpx.AsyncClient, core: Core
) -> None:
    case, message = await case_with_voice(house)
    page = (await asma.get(f"/cases/{case}?open=1")).text
    assert "<audio" not in page
    assert "Claim the case or read along to listen to it." in page
    assert (await asma.get(f"/cases/{case}/voice/{message}")).status_code == 403
    await asma.post(f"/cases/{case}/claim")
    page = (await asma.get(f"/cases/{case}")).text
    assert f'<audio controls preload="none" src="/cases/{case}/voice/{message}?at=0"' in page
    answer = await asma.get(f"/cases/{case}/voice/{message}?at=0")
    assert (answer.status_code, answer.content) == (200, SOUND)
    assert answer.headers["content-type"] == "audio/ogg"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "media-src 'self'" in answer.headers["content-security-policy"]
    assert await heard(core) == [str(case)]


async def test_who_reads_along_listens_too(house: House, asma: httpx.AsyncClient) -> None:
    case, message = await case_with_voice(house)
    await house.hire("bina")
    async with browser_of(house) as bina:
        await sign_in(bina, "bina")
        await asma.post(f"/cases/{case}/claim")
        assert (await bina.get(f"/cases/{case}/voice/{message}")).status_code == 403
        await bina.post(f"/cases/{case}/listen")
        assert (await bina.get(f"/cases/{case}/voice/{message}")).content == SOUND


async def test_nothing_else_is_found(
    house: House, asma: httpx.AsyncClient, recordings: FakeRecordings
) -> None:
    case, message = await case_with_voice(house)
    other = await house.case_of(await house.writes(WISH_TO_DIE, address="other"))
    for one in (case, other):
        await asma.post(f"/cases/{one}/claim")
    for path in (
        f"/cases/{other}/voice/{message}",
        f"/cases/{case}/voice/{uuid4()}",
        f"/cases/{case}/voice/{message}?at=1",
        f"/cases/{case}/voice/{message}?at=-1",
        f"/cases/{uuid4()}/voice/{message}",
    ):
        assert (await asma.get(path)).status_code == 404, path
    assert recordings.opened == []
    recordings.kept.clear()
    assert (await asma.get(f"/cases/{case}/voice/{message}")).status_code == 404


async def test_with_the_case_it_is_closed_and_deleted(
    house: House, asma: httpx.AsyncClient, core: Core
) -> None:
    case, message = await case_with_voice(house)
    await asma.post(f"/cases/{case}/claim")
    await asma.post(f"/cases/{case}/close", data={"outcome": "safe_now"})
    assert (await asma.get(f"/cases/{case}/voice/{message}")).status_code == 409
    async with core.database.transaction() as tx:
        connection = await tx.session.connection()
        rows = await connection.exec_driver_sql(
            "SELECT args FROM procrastinate_jobs WHERE task_name = 'recordings:remove'"
        )
        assert [row[0] for row in rows.fetchall()] == [{"sid": SID}]
