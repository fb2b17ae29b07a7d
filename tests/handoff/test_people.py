"""Accounts of others: who may change them, what is recorded, and that a lead stays."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import time
from uuid import UUID

import pyotp
import pytest
from sqlalchemy import select

from amaan.errors import AmaanError, InputError, NotAllowedError, NotFoundError
from amaan.storage.models import Staff, StaffRecovery, StaffSession
from handoff.people import Change, LastLeadError, OwnAccountError, People
from handoff.second_factor import SecondFactors, new_setup
from handoff.staff import SignInRefusedError, Viewer
from tests.handoff.parts import Handoff

SUPERVISOR = Change("supervisor", ["ur"])


@pytest.fixture
def people(handoff: Handoff) -> People:
    return People(handoff.core, handoff.accounts)


@pytest.fixture
async def lead(handoff: Handoff) -> Viewer:
    return await handoff.staff("lina", "lead")


async def row(handoff: Handoff, staff_id: UUID) -> Staff:
    async with handoff.core.database.transaction() as tx:
        return await tx.session.get_one(Staff, staff_id)


@pytest.mark.parametrize("role", ["supervisor", "trainer"])
async def test_only_those_who_keep_accounts_see_and_change_them(
    handoff: Handoff, people: People, role: str
) -> None:
    viewer = await handoff.staff("somebody", role)
    other = (await handoff.staff("other")).staff_id
    for attempt in (
        people.everybody(viewer),
        people.one(viewer, other),
        people.add(viewer, "new", "lead", ["ur"]),
        people.change(viewer, other, SUPERVISOR),
        people.deactivate(viewer, other),
        people.issue_word(viewer, other),
        people.take_factor(viewer, other),
    ):
        with pytest.raises(NotAllowedError):
            await attempt
    assert (await handoff.tags(other)) == ["staff:added"]


async def test_somebody_half_in_keeps_no_accounts(
    handoff: Handoff, people: People, lead: Viewer
) -> None:
    for viewer in (replace(lead, must_set_password=True), replace(lead, must_set_factor=True)):
        with pytest.raises(NotAllowedError):
            await people.everybody(viewer)


async def test_a_change_is_recorded_by_the_names_of_what_changed(
    handoff: Handoff, people: People, lead: Viewer
) -> None:
    asma = (await handoff.staff("asma")).staff_id
    await people.change(lead, asma, SUPERVISOR)
    assert await handoff.tags(asma) == ["staff:added"]
    change = Change(
        "trainer",
        ["ur", "sd"],
        means=["console", "sms", "email"],
        number="+923000000123",
        email="asma@helpline.example",
        quiet_from=time(22),
        quiet_until=time(6),
    )
    await people.change(lead, asma, change)
    event = (await handoff.audit(asma))[-1]
    assert event.tag == "staff:changed"
    assert event.actor == str(lead.staff_id)
    assert event.detail == {"changed": "role languages means number email quiet", "role": "trainer"}
    person = await row(handoff, asma)
    assert handoff.core.vault.open_staff(person, "page_sealed") == "+923000000123"
    assert handoff.core.vault.open_staff(person, "email_sealed") == "asma@helpline.example"


async def test_a_number_stays_until_its_means_go(
    handoff: Handoff, people: People, lead: Viewer
) -> None:
    asma = (await handoff.staff("asma")).staff_id
    called = replace(SUPERVISOR, means=["sms"], number="+923000000123")
    await people.change(lead, asma, called)
    await people.change(lead, asma, replace(SUPERVISOR, means=["whatsapp"]))
    person = await row(handoff, asma)
    assert handoff.core.vault.open_staff(person, "page_sealed") == "+923000000123"
    await people.change(lead, asma, SUPERVISOR)
    person = await row(handoff, asma)
    assert (person.page_sealed, person.page_lookup) == (None, None)
    line = await people.one(lead, asma)
    assert not line.has_number


async def test_two_people_cannot_share_a_number(
    handoff: Handoff, people: People, lead: Viewer
) -> None:
    called = replace(SUPERVISOR, means=["sms"], number="+923000000123")
    await people.change(lead, (await handoff.staff("asma")).staff_id, called)
    with pytest.raises(InputError):
        await people.change(lead, (await handoff.staff("bano")).staff_id, called)


async def test_nobody_sets_her_own_role_or_end(
    handoff: Handoff, people: People, lead: Viewer
) -> None:
    await handoff.staff("second", "lead")
    own = lead.staff_id
    for attempt in (
        people.change(lead, own, SUPERVISOR),
        people.deactivate(lead, own),
        people.issue_word(lead, own),
        people.take_factor(lead, own),
    ):
        with pytest.raises(OwnAccountError):
            await attempt
    await people.change(lead, own, Change("lead", ["ps"]))
    assert (await row(handoff, own)).languages == ["ps"]


async def test_the_last_lead_stays(handoff: Handoff, people: People, lead: Viewer) -> None:
    keeper = await handoff.staff("keeper", "administrator")
    for attempt in (
        people.change(keeper, lead.staff_id, SUPERVISOR),
        people.deactivate(keeper, lead.staff_id),
    ):
        with pytest.raises(LastLeadError):
            await attempt
    await people.change(keeper, lead.staff_id, Change("lead", ["en"]))


async def test_two_leads_who_remove_each_other_at_once_leave_one(
    handoff: Handoff, people: People, lead: Viewer
) -> None:
    other = await handoff.staff("second", "lead")
    results = await asyncio.gather(
        people.deactivate(lead, other.staff_id),
        people.change(other, lead.staff_id, SUPERVISOR),
        return_exceptions=True,
    )
    assert sum(isinstance(result, AmaanError) for result in results) == 1
    async with handoff.core.database.transaction() as tx:
        rows = await tx.session.scalars(select(Staff).where(Staff.active, Staff.role == "lead"))
        assert len(list(rows)) == 1


async def test_who_leaves_leaves_nothing_private(
    handoff: Handoff, people: People, lead: Viewer
) -> None:
    asma, word = await people.add(lead, "asma", "supervisor", ["ur"])
    token = (await handoff.accounts.sign_in("asma", word)).token
    await handoff.accounts.set_password(token, "four quiet plain words")
    setup, factors = new_setup("asma"), SecondFactors(handoff.core)
    code = _code(handoff, setup.secret)
    await factors.confirm(token, setup.secret, code)
    await people.change(lead, asma, replace(SUPERVISOR, means=["sms"], number="+923000000123"))
    await people.deactivate(lead, asma)
    assert await handoff.accounts.viewer(token) is None
    person = await row(handoff, asma)
    assert (person.page_sealed, person.page_lookup, person.totp_sealed) == (None, None, None)
    async with handoff.core.database.transaction() as tx:
        assert list(await tx.session.scalars(select(StaffRecovery))) == []
        assert list(await tx.session.scalars(select(StaffSession))) == []
    for attempt in (
        people.deactivate(lead, asma),
        people.change(lead, asma, SUPERVISOR),
        people.issue_word(lead, asma),
        people.one(lead, UUID(int=3)),
    ):
        with pytest.raises(NotFoundError):
            await attempt


async def test_a_second_factor_taken_away_ends_what_waits_for_its_code(
    handoff: Handoff, people: People, lead: Viewer
) -> None:
    asma, word = await people.add(lead, "asma", "supervisor", ["ur"])
    token = (await handoff.accounts.sign_in("asma", word)).token
    await handoff.accounts.set_password(token, "four quiet plain words")
    secret = new_setup("asma").secret
    await SecondFactors(handoff.core).confirm(token, secret, _code(handoff, secret))
    half = (await handoff.accounts.sign_in("asma", "four quiet plain words")).token
    await people.take_factor(lead, asma)
    for ended in (token, half):
        assert await handoff.accounts.viewer(ended) is None
    with pytest.raises(SignInRefusedError):
        await handoff.accounts.give_code(half, "")
    event = (await handoff.audit(asma))[-1]
    assert (event.tag, event.actor) == ("staff:second_factor_taken_away", str(lead.staff_id))


def _code(handoff: Handoff, secret: str) -> str:
    return pyotp.TOTP(secret).at(handoff.core.clock.now())
