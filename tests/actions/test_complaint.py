"""The complaint's actions on a real database: steps, leaving, sending, taking back, standing."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import httpx
from sqlalchemy import select

from amaan.core import Core
from amaan.storage.models import Complaint
from intake.complaints import Complaints
from intake.schema import Draft
from tests.actions.calling import Json, answers, call, slots_set
from tests.fakes import FakeDesk

ASK = "action_ask_complaint_form_complaint_step"
VALIDATE = "validate_complaint_form"
LOOP = "complaint_form"


async def asked(client: httpx.AsyncClient, conversation_id: UUID, **slots: Any) -> str:
    """The key of the question that is open now."""
    responses, _ = await answers(client, call(ASK, conversation_id, loop=LOOP, **slots))
    return str(responses[-1]["say"])


async def said(
    client: httpx.AsyncClient,
    conversation_id: UUID,
    text: str = "1",
    choice: str | None = None,
    message_id: UUID | None = None,
) -> tuple[list[str], str | None]:
    """One answer: keys that are said to it, and what the step became."""
    body = call(
        VALIDATE,
        conversation_id,
        {"message_id": str(message_id or uuid4())},
        intent="complaint_says",
        choice=choice,
        loop=LOOP,
        said=text,
        complaint_step="said",
        requested_slot="complaint_step",
    )
    body["domain"] = {"forms": {LOOP: {"required_slots": ["complaint_step"]}}}
    body["tracker"]["events"] += [
        {"event": "slot", "name": "complaint_step", "value": "said", "timestamp": None}
    ]
    responses, events = await answers(client, body)
    return [one["say"] for one in responses], slots_set(events).get("complaint_step")


async def row_of(core: Core) -> Complaint:
    """The only complaint."""
    async with core.database.transaction() as tx:
        return (await tx.session.scalars(select(Complaint))).one()


async def fill(core: Core, conversation_id: UUID, **fields: Any) -> None:
    """Puts fields into the open draft."""
    async with core.database.transaction() as tx:
        found = await Complaints(core).open_draft(tx, conversation_id)
        assert found is not None
        row, draft = found
        for name, value in fields.items():
            setattr(draft, name, value)
        await Complaints(core).save(tx, row, draft)


WHOLE: Json = {
    "for_whom": "self",
    "age_band": "18_24",
    "story": "Somebody made a profile in my name.",
    "form_code": "impersonation",
    "platform": "facebook",
    "since_precision": "unsure",
    "name": "Invented Person",
    "cnic": "00000-0000012-3",
    "gender": "woman",
    "phone": "+923000000001",
    "city": "Sukkur",
    "contact": "none",
    "skipped": ["links", "suspect", "evidence"],
}


async def test_the_offer_comes_before_anything_is_begun(
    core: Core, client: httpx.AsyncClient, conversation_id: UUID
) -> None:
    responses, _ = await answers(client, call("action_complaint_start", conversation_id))
    assert [(r["say"], r["offer"]) for r in responses] == [("complaint.start", "complaint_start")]
    async with core.database.transaction() as tx:
        assert (await tx.session.scalars(select(Complaint))).first() is None
    await asked(client, conversation_id)
    responses, _ = await answers(client, call("action_complaint_start", conversation_id))
    assert responses[0]["say"] == "complaint.resume"


async def test_an_answer_that_comes_twice_is_taken_once(
    core: Core, client: httpx.AsyncClient, conversation_id: UUID
) -> None:
    assert await asked(client, conversation_id) == "complaint.ask.for_whom"
    message_id = uuid4()
    assert await said(client, conversation_id, choice="self", message_id=message_id) == ([], None)
    assert await said(client, conversation_id, choice="self", message_id=message_id) == ([], None)
    assert await asked(client, conversation_id) == "complaint.ask.age"
    assert await said(client, conversation_id, "no idea") == (["complaint.bad.age"], None)
    assert await said(client, conversation_id, "saal 23") == ([], None)
    assert await asked(client, conversation_id) == "complaint.ask.story"


async def test_what_opened_the_form_is_no_answer(
    client: httpx.AsyncClient, conversation_id: UUID
) -> None:
    await asked(client, conversation_id)
    body = call(VALIDATE, conversation_id, intent="complaint_begin", choice="begin", loop=LOOP)
    body["domain"] = {"forms": {LOOP: {"required_slots": ["complaint_step"]}}}
    responses, _ = await answers(client, body)
    assert responses == []
    assert await asked(client, conversation_id) == "complaint.ask.for_whom"


async def test_it_is_sent_after_consent_and_declaration_alone(
    core: Core, client: httpx.AsyncClient, conversation_id: UUID
) -> None:
    await asked(client, conversation_id)
    await fill(core, conversation_id, **WHOLE, asked="preview")
    assert await asked(client, conversation_id) == "complaint.preview"
    await said(client, conversation_id, choice="right")
    assert await asked(client, conversation_id) == "complaint.consent"
    await said(client, conversation_id, choice="send")
    assert (await row_of(core)).state == "draft"
    assert await asked(client, conversation_id) == "complaint.declare"
    assert await said(client, conversation_id, "yes") == (["complaint.bad.choice"], None)
    assert (await row_of(core)).state == "draft"
    keys, step = await said(client, conversation_id, choice="declare")
    assert (keys, step) == (["complaint.ready"], "ended")
    row = await row_of(core)
    assert row.state == "queued"
    assert row.consented_at is not None
    assert row.code_lookup is not None
    responses, _ = await answers(client, call("action_status", conversation_id, said="x"))
    assert responses[0]["say"] == "status.waiting"


async def test_taken_back_its_text_is_gone(
    core: Core, client: httpx.AsyncClient, conversation_id: UUID
) -> None:
    await asked(client, conversation_id)
    await fill(core, conversation_id, **WHOLE, asked="declare", consents={"share_nccia": True})
    await said(client, conversation_id, choice="declare")
    responses, _ = await answers(client, call("action_complaint_withdraw", conversation_id))
    assert responses[0]["say"] == "complaint.withdrawn"
    row = await row_of(core)
    assert (row.state, row.sealed) == ("withdrawn", None)


async def test_withdraw_never_takes_a_draft(
    core: Core, client: httpx.AsyncClient, conversation_id: UUID
) -> None:
    await asked(client, conversation_id)
    responses, _ = await answers(client, call("action_complaint_withdraw", conversation_id))
    assert responses[0]["say"] == "complaint.resume"
    assert (await row_of(core)).state == "draft"
    await fill(core, conversation_id, **WHOLE, asked="declare", consents={"share_nccia": True})
    await said(client, conversation_id, choice="declare")
    for _ in range(2):
        responses, _ = await answers(client, call("action_complaint_withdraw", conversation_id))
        assert responses[0]["say"] == "complaint.withdrawn"
    responses, _ = await answers(client, call("action_status", conversation_id, said="x"))
    assert responses[0]["say"] == "complaint.withdrawn"


async def test_a_last_answer_that_comes_twice_tells_the_code_again(
    core: Core, client: httpx.AsyncClient, conversation_id: UUID
) -> None:
    await asked(client, conversation_id)
    await fill(core, conversation_id, **WHOLE, asked="declare", consents={"share_nccia": True})
    message_id = uuid4()
    for _ in range(2):
        found = await said(client, conversation_id, choice="declare", message_id=message_id)
        assert found == (["complaint.ready"], "ended")
    assert (await row_of(core)).state == "queued"


async def test_later_keeps_it_by_a_code_and_delete_deletes_it(
    core: Core, client: httpx.AsyncClient, conversation_id: UUID
) -> None:
    await asked(client, conversation_id)
    await said(client, conversation_id, choice="later")
    assert await asked(client, conversation_id) == "complaint.later"
    assert await said(client, conversation_id, choice="keep") == (["complaint.kept"], "ended")
    assert (await row_of(core)).code_lookup is not None
    leave = call("action_complaint_leave", conversation_id, choice="delete")
    responses, _ = await answers(client, leave)
    assert responses[0]["say"] == "complaint.deleted"
    async with core.database.transaction() as tx:
        assert (await tx.session.scalars(select(Complaint))).first() is None


async def test_a_wrong_code_is_called_so(client: httpx.AsyncClient, conversation_id: UUID) -> None:
    responses, _ = await answers(client, call("action_status", conversation_id))
    assert responses[0]["say"] == "status.ask_code"
    body = call("action_status", conversation_id, said="K7QM-2RTP-9XWD")
    responses, _ = await answers(client, body)
    assert responses[0]["say"] == "status.unknown"


async def test_a_child_without_a_safe_adult_calls_a_human(
    core: Core, client: httpx.AsyncClient, desk: FakeDesk, conversation_id: UUID
) -> None:
    await asked(client, conversation_id)
    await fill(core, conversation_id, for_whom="self", age_band="13_15", asked="adult")
    keys, step = await said(client, conversation_id, choice="no")
    assert (keys, step) == (["complaint.adult_no"], "ended")
    assert [alarm.level for _, alarm in desk.alarms] == ["requested"]
    assert (await row_of(core)).state == "draft"


async def test_the_text_to_copy_stands_alone(
    core: Core, client: httpx.AsyncClient, conversation_id: UUID
) -> None:
    await asked(client, conversation_id)
    await fill(core, conversation_id, **WHOLE)
    responses, _ = await answers(
        client, call("action_complaint_leave", conversation_id, choice="self")
    )
    assert [one["say"] for one in responses] == ["complaint.self", "complaint.copy"]
    assert "Invented Person" in responses[1]["lines"]


async def test_a_draft_reads_back_what_was_put_in(
    core: Core, client: httpx.AsyncClient, conversation_id: UUID
) -> None:
    await asked(client, conversation_id)
    await fill(core, conversation_id, **WHOLE)
    async with core.database.transaction() as tx:
        found = await Complaints(core).open_draft(tx, conversation_id)
    assert found is not None
    assert found[1].name == WHOLE["name"]
    assert isinstance(found[1], Draft)
