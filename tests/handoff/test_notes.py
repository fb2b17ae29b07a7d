"""Notes and reading along: for colleagues, sealed, and gone with the chat."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from amaan.clock import SetClock
from amaan.errors import ConflictError, ErasedError, InputError, NotAllowedError, NotFoundError
from amaan.storage.models import CaseListener, CaseNote, Escalation
from handoff.listening import Listener, Listening
from handoff.notes import MAX_NOTE_CHARACTERS, NOTE, Notes, NoteView
from handoff.states import Outcome
from tests.handoff.parts import Handoff, keys


async def notes_of(handoff: Handoff, case: Escalation) -> tuple[NoteView, ...]:
    """The notes of a case."""
    assert case.conversation_id is not None
    async with handoff.core.database.transaction() as tx:
        key = await handoff.core.vault.open_key(tx, case.conversation_id)
        return await Notes.of(tx, key, case)


async def listeners_of(handoff: Handoff, case: Escalation) -> tuple[Listener, ...]:
    """Who reads along."""
    async with handoff.core.database.transaction() as tx:
        return await Listening.of(tx, case)


async def count(handoff: Handoff, table: type) -> int:
    """Rows of a table."""
    async with handoff.core.database.transaction() as tx:
        return await tx.session.scalar(select(func.count()).select_from(table)) or 0


async def test_any_supervisor_notes_and_she_never_sees_it(
    handoff: Handoff, clock: SetClock
) -> None:
    case = await handoff.rung()
    one, two = await handoff.staff("one"), await handoff.staff("two")
    await handoff.claims.claim(one, case.id)
    await handoff.notes.write(one, case.id, "  Her aunt\r\nknows. ")
    clock.move(timedelta(seconds=5))
    written = await handoff.notes.write(two, case.id, "وہ اکیلی ہے")
    first, second = await notes_of(handoff, case)
    assert (first.text, first.by_name, first.kind) == ("Her aunt\nknows.", "one", NOTE)
    assert (second.text, second.id, second.at) == ("وہ اکیلی ہے", written, clock.now())
    assert case.conversation_id is not None
    assert keys(await handoff.said(case.conversation_id)) == ["human.joined"]
    async with handoff.core.database.transaction() as tx:
        for row in await tx.session.scalars(select(CaseNote)):
            assert b"aunt" not in row.sealed
    assert (await handoff.tags(case.id)).count("note:written") == 2
    assert "aunt" not in str([event.detail for event in await handoff.audit()])


async def test_notes_that_cannot_be_written(handoff: Handoff) -> None:
    case = await handoff.rung()
    one = await handoff.staff("one")
    for text, code in (("  \u200f", "empty"), ("x" * (MAX_NOTE_CHARACTERS + 1), "too_long")):
        with pytest.raises(InputError) as refused:
            await handoff.notes.write(one, case.id, text)
        assert refused.value.code == code
    with pytest.raises(NotAllowedError):
        await handoff.notes.write(await handoff.staff("trainer", role="trainer"), case.id, "a")
    with pytest.raises(NotFoundError):
        await handoff.notes.write(one, uuid4(), "a")
    await handoff.claims.claim(one, case.id)
    await handoff.claims.close(one, case.id, Outcome.OTHER)
    with pytest.raises(ConflictError):
        await handoff.notes.write(one, case.id, "a")


async def test_an_erase_takes_notes_and_listeners(handoff: Handoff) -> None:
    case = await handoff.rung()
    one = await handoff.staff("one")
    await handoff.notes.write(one, case.id, "a note")
    await handoff.listening.begin(one, case.id)
    assert case.conversation_id is not None
    await handoff.bench.eraser.erase(case.conversation_id)
    assert await count(handoff, CaseNote) == 0
    assert await count(handoff, CaseListener) == 0
    with pytest.raises(ErasedError):
        await handoff.notes.write(one, case.id, "late")


async def test_a_second_supervisor_reads_along(handoff: Handoff, clock: SetClock) -> None:
    case = await handoff.rung()
    one, two = await handoff.staff("one"), await handoff.staff("two")
    await handoff.claims.claim(one, case.id)
    await asyncio.gather(*(handoff.listening.begin(two, case.id) for _ in range(3)))
    assert await listeners_of(handoff, case) == (Listener(two.staff_id, "two", clock.now()),)
    for _ in range(2):
        await handoff.listening.end(two, case.id)
    assert await listeners_of(handoff, case) == ()
    tags = await handoff.tags(case.id)
    assert tags.count("escalation:listening_begun") == 1
    assert tags.count("escalation:listening_ended") == 1


async def test_listening_ends_with_the_case(handoff: Handoff) -> None:
    case = await handoff.rung()
    one, two = await handoff.staff("one"), await handoff.staff("two")
    await handoff.claims.claim(one, case.id)
    await handoff.listening.begin(two, case.id)
    await handoff.claims.close(one, case.id, Outcome.OTHER)
    assert await listeners_of(handoff, case) == ()
    await handoff.listening.end(two, case.id)
    with pytest.raises(ConflictError):
        await handoff.listening.begin(two, case.id)
    with pytest.raises(NotAllowedError):
        await handoff.listening.begin(await handoff.staff("adm", role="administrator"), case.id)
