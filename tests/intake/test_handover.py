"""The hand-over to the local police: only with her consent, with a custody log that holds."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
from pypdf import PdfReader

from amaan.conversation.store import lock_conversation
from amaan.core import Core
from amaan.errors import NotAllowedError, StorageError
from amaan.ports import Inbound
from amaan.storage.models import Complaint as ComplaintRow
from amaan.storage.models import ComplaintEvent
from intake.complaints import Complaints
from intake.events import Tag, read_events, record
from intake.paper import handover, pdf
from intake.schema import Complaint, ConsentItem, Evidence
from tests.fakes import Bench
from tests.intake.drafts import NOW, REFERENCE, childs_draft, made, whole_draft

POLICE = {ConsentItem.SHARE_NCCIA: True, ConsentItem.SHARE_POLICE: True}
EVIDENCE = Evidence(
    evidence_id="piece-1",
    kind="screenshot",
    description="the threat of Monday",
    sha256="a" * 64,
    hashed_where="survivor_device",
)


def words(key: str) -> str:
    return f"<{key.removeprefix('complaint.label.')}>"


def row(**changes: Any) -> ComplaintRow:
    fields: dict[str, Any] = {"id": uuid4(), "reference": REFERENCE, "tier": "high"}
    return ComplaintRow(**(fields | changes))


def shared(**changes: Any) -> Complaint:
    return made(whole_draft(**({"consents": POLICE, "evidence": [EVIDENCE]} | changes)))


def cells(complaint: Complaint, of: ComplaintRow, events: Sequence[ComplaintEvent] = ()) -> str:
    sheet = handover(complaint, of, events, words)
    return "\n".join(cell for table in sheet.custody for one in table.rows for cell in one)


def test_not_without_her_consent() -> None:
    with pytest.raises(NotAllowedError) as raised:
        handover(made(whole_draft()), row(), (), words)
    assert raised.value.code == "no_consent"


def test_it_has_the_facts_in_both_languages() -> None:
    sheet = handover(shared(), row(), (), words)
    found = dict(sheet.lines)
    assert sheet.reference == REFERENCE
    assert sheet.language == "en"
    assert found["Complainant · <name>"] == "Invented Person"
    assert found["What happened · <story>"] == whole_draft().story
    assert found["Links and accounts · <links>"].splitlines() == [
        "https://example.test/profile/1",
        "@invented_one",
        "+923000000999",
    ]
    assert "PECA" in found["Possible provisions, for review"]
    assert found["Urgency, for review"] == "high (proposed by rules, not confirmed)"
    assert found["Filed with NCCIA"] == "not yet"


def test_a_confirmed_urgency_says_so() -> None:
    found = dict(handover(shared(), row(tier_by=uuid4(), filed_at=NOW), (), words).lines)
    assert found["Urgency, for review"] == "high (confirmed by a trained person)"
    assert found["Filed with NCCIA"].endswith("+0500")


def test_of_evidence_only_what_is_said_of_it() -> None:
    intimate = Evidence(evidence_id="piece-2", description="a picture", contains_intimate=True)
    found = cells(shared(evidence=[EVIDENCE, intimate]), row())
    assert "a" * 64 in found
    assert "a picture\n(intimate: description only)" in found


def test_of_a_childs_matter_no_digest() -> None:
    complaint = made(childs_draft(consents=POLICE, evidence=[EVIDENCE]))
    sheet = handover(complaint, row(), (), words)
    assert "a" * 64 not in cells(complaint, row())
    assert any("under eighteen" in note for note in sheet.notes)
    assert "Invented Aunt" in dict(sheet.lines)["Trusted adult · <adult>"]


def test_what_she_asks_for_at_the_station_stands_on_it() -> None:
    asked = shared(language="ur", visit=["woman_officer", "interpreter"], visit_note="a ramp")
    found = dict(handover(asked, row(), (), words).lines)
    assert (
        found["Asked for at the station · <visit>"]
        == "a woman officer, an interpreter (ur), a ramp"
    )
    assert "Asked for at the station · <visit>" not in dict(
        handover(shared(), row(), (), words).lines
    )


async def test_the_custody_log_stands_on_it(core: Core) -> None:
    of, events = await _with_events(core, "piece-1")
    sheet = handover(shared(), of, events, words)
    found = cells(shared(), of, events)
    assert "evidence described" in found
    assert "piece-1" in found
    assert events[-1].digest.hex() in "\n".join(sheet.notes)
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf(sheet))).pages)
    assert "Custody log" in text
    assert events[-1].digest.hex() in text.replace("\n", "")


async def test_a_broken_log_is_not_handed_over(core: Core) -> None:
    of, events = await _with_events(core, "piece-1")
    events[0].tag = "draft:moved"
    with pytest.raises(StorageError) as raised:
        handover(shared(), of, events, words)
    assert raised.value.code == "custody"


async def _with_events(core: Core, subject: str) -> tuple[ComplaintRow, list[ComplaintEvent]]:
    conversation_id = await _conversation(core)
    async with core.database.transaction() as tx:
        conversation = await lock_conversation(tx, conversation_id)
        assert conversation is not None
        of, _ = await Complaints(core).begin(tx, conversation)
        await record(tx, core.clock, of.id, "person", Tag.EVIDENCE_DESCRIBED, subject=subject)
        events = await read_events(tx, of.id)
        tx.session.expunge_all()
        return of, events


async def _conversation(core: Core) -> UUID:
    inbound = Inbound("sms", "+923000000001", "hello", f"SM{uuid4().hex}")
    accepted = await Bench(core).acceptor.accept(inbound)
    assert accepted.conversation_id is not None
    return accepted.conversation_id
