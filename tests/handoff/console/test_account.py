"""One's own account and other people's, through the pages; proofs before what matters."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pyotp
import pytest
from sqlalchemy import select

from amaan.clock import SetClock
from amaan.core import build_core
from amaan.settings import Settings
from amaan.storage.models import Staff
from handoff.console.gate import own_path
from handoff.trail import Trail
from tests.handoff.console.conftest import PASSWORD, House, browser_of, sign_in

ORIGIN_PAGE = {"referer": "http://console.test/people"}


def secret_in(page: str) -> str:
    found = re.search(r'name="secret" value="([A-Z2-7]{32})"', page)
    assert found is not None
    return found[1]


def codes_in(page: str) -> list[str]:
    return re.findall(r'<li><code dir="ltr">([a-z0-9-]+)</code></li>', page)


async def set_up(client: httpx.AsyncClient, clock: SetClock) -> tuple[pyotp.TOTP, list[str]]:
    """Sets a second factor up through the pages; the step of its first code passes."""
    telephone = pyotp.TOTP(secret_in((await client.get("/second-factor")).text))
    data = {"secret": telephone.secret, "code": telephone.at(clock.now())}
    page = await client.post("/second-factor", data=data)
    assert page.status_code == 200
    clock.move(timedelta(minutes=1))
    return telephone, codes_in(page.text)


async def person(house: House, name: str) -> Staff:
    async with house.core.database.transaction() as tx:
        found = await tx.session.scalar(select(Staff).where(Staff.sign_in_name == name))
        assert found is not None
        return found


async def test_a_second_factor_from_setup_to_sign_in(
    house: House, asma: httpx.AsyncClient, clock: SetClock
) -> None:
    page = (await asma.get("/second-factor")).text
    secret = secret_in(page)
    wrong = await asma.post("/second-factor", data={"secret": secret, "code": "000000"})
    assert wrong.status_code == 422
    assert secret_in(wrong.text) == secret
    telephone, codes = await set_up(asma, clock)
    assert len(codes) == 10
    assert (await asma.get("/")).status_code == 200
    async with browser_of(house) as client:
        answer = await sign_in(client, "asma")
        assert answer.headers["location"] == "/sign-in/code"
        for path in ("/", "/account", "/second-factor", "/password", "/prove", "/people"):
            assert (await client.get(path)).headers["location"] == "/sign-in", path
        assert (await client.post("/still-here")).status_code == 401
        assert (await client.get("/sign-in/code")).status_code == 200
        refused = await client.post("/sign-in/code", data={"code": "000000"})
        assert refused.status_code == 403
        assert "used before" in refused.text
        half = client.cookies["amaan_staff"]
        data = {"code": telephone.at(clock.now())}
        done = await client.post("/sign-in/code", data=data)
        assert (done.status_code, done.headers["location"]) == (303, "/")
        assert client.cookies["amaan_staff"] != half
        assert "samesite=strict" in done.headers["set-cookie"].lower()
        assert (await client.get("/")).status_code == 200
        assert (await client.get("/sign-in/code")).headers["location"] == "/sign-in"


async def test_a_recovery_code_lets_in_and_is_counted(
    house: House, asma: httpx.AsyncClient, clock: SetClock
) -> None:
    _, codes = await set_up(asma, clock)
    async with browser_of(house) as client:
        await sign_in(client, "asma")
        assert (await client.post("/sign-in/code", data={"code": codes[0]})).status_code == 303
        assert "<strong>9</strong>" in (await client.get("/account")).text
        renewed = codes_in((await client.post("/second-factor/codes")).text)
        assert len(renewed) == 10
        assert not set(renewed) & set(codes)
        assert "<strong>10</strong>" in (await client.get("/account")).text
        answer = await client.post("/second-factor/take-away")
        assert answer.headers["location"] == "/account"
    assert (await person(house, "asma")).totp_sealed is None


async def test_a_required_second_factor_opens_only_the_account(
    settings: Settings, clock: SetClock
) -> None:
    core = build_core(settings.model_copy(update={"second_factor_required": True}), clock)
    await core.open()
    async with core.database.transaction() as tx:
        await core.vault.first_epoch(tx)
    house = House.on(core)
    try:
        await house.hire("asma")
        async with browser_of(house) as client:
            assert (await sign_in(client, "asma")).headers["location"] == "/second-factor"
            for path in ("/", "/closed", "/live", f"/cases/{uuid4()}"):
                assert (await client.get(path)).headers["location"] == "/second-factor"
            part = await client.get("/queue", headers={"hx-request": "true"})
            assert (part.status_code, part.headers["hx-redirect"]) == (403, "/second-factor")
            for path in ("/account", "/password", "/second-factor"):
                assert (await client.get(path)).status_code == 200
            await set_up(client, clock)
            assert (await client.get("/")).status_code == 200
            assert (await client.post("/second-factor/take-away")).status_code == 403
    finally:
        await core.close()


async def test_a_proof_is_asked_for_and_leads_back(
    house: House, lead: httpx.AsyncClient, clock: SetClock
) -> None:
    await house.hire("asma")
    asma = (await person(house, "asma")).id
    assert (await lead.get(f"/people/{asma}")).status_code == 200
    clock.move(timedelta(minutes=11))
    asked = await lead.get(f"/people/{asma}")
    assert asked.headers["location"] == f"/prove?back=%2Fpeople%2F{asma}"
    page = await lead.get(asked.headers["location"])
    assert f'name="back" value="/people/{asma}"' in page.text
    wrong = await lead.post("/prove", data={"word": "wrong", "back": f"/people/{asma}"})
    assert wrong.status_code == 403
    assert f'value="/people/{asma}"' in wrong.text
    right = await lead.post("/prove", data={"word": PASSWORD, "back": f"/people/{asma}"})
    assert right.headers["location"] == f"/people/{asma}"
    assert (await lead.get(f"/people/{asma}")).status_code == 200


@pytest.mark.parametrize("deed", ["", "/word", "/take-factor", "/deactivate"])
async def test_a_posted_form_without_a_proof_changes_nothing(
    house: House, lead: httpx.AsyncClient, clock: SetClock, deed: str
) -> None:
    await house.hire("asma")
    before = await person(house, "asma")
    clock.move(timedelta(minutes=11))
    data = {"role": "lead", "languages": "ur"}
    path = f"/people/{before.id}{deed}"
    answer = await lead.post(path, data=data, headers=ORIGIN_PAGE)
    assert answer.headers["location"] == "/prove?back=%2Fpeople"
    after = await person(house, "asma")
    assert (after.role, after.active) == (before.role, before.active)


async def test_the_proof_asks_for_both_factors(lead: httpx.AsyncClient, clock: SetClock) -> None:
    telephone, _ = await set_up(lead, clock)
    clock.move(timedelta(minutes=11))
    assert (await lead.post("/prove", data={"word": PASSWORD})).status_code == 403
    data = {"word": PASSWORD, "code": telephone.at(clock.now())}
    assert (await lead.post("/prove", data=data)).status_code == 303


@pytest.mark.parametrize(
    ("back", "where"),
    [
        ("/people", "/people"),
        ("/cases/1/x.csv", "/cases/1/x.csv"),
        ("/", "/"),
        ("", "/"),
        ("//evil.test", "/"),
        ("/\\evil.test", "/"),
        ("https://evil.test/", "/"),
        ("/people?next=//evil", "/"),
        ("/%2f%2fevil", "/"),
        ("/..//evil.test", "/"),
        ("/people\n//evil", "/"),
        ("/people\n", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
async def test_the_way_back_stays_in_the_house(
    lead: httpx.AsyncClient, back: str, where: str
) -> None:
    assert own_path(back) == where
    answer = await lead.post("/prove", data={"word": PASSWORD, "back": back})
    assert answer.headers["location"] == where


async def test_a_referer_from_elsewhere_is_not_followed(
    lead: httpx.AsyncClient, clock: SetClock
) -> None:
    clock.move(timedelta(minutes=11))
    answer = await lead.post("/people", headers={"referer": "https://evil.test/people"})
    assert answer.headers["location"] == "/prove?back=%2F"


async def test_people_are_added_changed_and_ended(house: House, lead: httpx.AsyncClient) -> None:
    data = {"name": "Bano", "role": "supervisor", "languages": ["sd", "ur"]}
    added = await lead.post("/people", data=data)
    word = re.search(r'id="word">([a-z0-9-]{23})<', added.text)
    assert word is not None
    bano = (await person(house, "bano")).id
    assert word[1] not in (await lead.get(f"/people/{bano}")).text
    async with browser_of(house) as client:
        assert (await sign_in(client, "bano", word[1])).headers["location"] == "/password"
    change = {
        "role": "trainer",
        "languages": ["sd"],
        "means": ["console", "sms", "email"],
        "number": "+92 300 0000 123",
        "email": "bano@helpline.example",
        "on_call_order": "7",
        "most_cases": "2",
        "time_zone": "Asia/Karachi",
        "quiet_from": "22:00",
        "quiet_until": "06:30",
    }
    answer = await lead.post(f"/people/{bano}", data=change)
    assert answer.headers["location"] == "/people"
    page = html.unescape((await lead.get("/people")).text)
    assert "Trainer" in page
    assert "3000000123" not in page + (await lead.get(f"/people/{bano}")).text
    assert (await lead.post(f"/people/{bano}/deactivate")).status_code == 303
    assert "has left" in (await lead.get("/people")).text
    async with browser_of(house) as client:
        assert (await sign_in(client, "bano", word[1])).status_code == 403


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"number": "0300"}, "such as +92"),
        ({"means": "sms"}, "such as +92"),
        ({"means": "email", "email": "nobody"}, "needs an address"),
        ({"means": "pigeon"}, "Choose how she is called"),
        ({"languages": "xx"}, "Choose at least one language"),
        ({"role": "owner"}, "Choose a role"),
        ({"time_zone": "../etc/passwd"}, "no such time zone"),
        ({"quiet_from": "22:00"}, "beginning and an end"),
        ({"most_cases": "0"}, "empty or too long"),
    ],
)
async def test_a_mistake_in_the_form_is_named(
    house: House, lead: httpx.AsyncClient, change: dict[str, str], said: str
) -> None:
    await house.hire("asma")
    asma = (await person(house, "asma")).id
    data = {"role": "supervisor", "languages": "ur", **change}
    answer = await lead.post(f"/people/{asma}", data=data)
    assert answer.status_code == 422
    assert said in html.unescape(answer.text)


async def test_a_bad_new_person_gets_the_form_again(lead: httpx.AsyncClient) -> None:
    for data, said in (
        ({"name": "lina", "languages": "ur"}, "taken"),
        ({"name": "Ann Smith", "languages": "ur"}, "other signs"),
        ({"name": "new"}, "at least one language"),
    ):
        answer = await lead.post("/people", data=data)
        assert answer.status_code == 422
        assert said in answer.text
        assert f'value="{data["name"]}"' in answer.text


async def test_nobody_changes_or_ends_herself(house: House, lead: httpx.AsyncClient) -> None:
    lina = (await person(house, "lina")).id
    data = {"role": "administrator", "languages": "ur"}
    assert (await lead.post(f"/people/{lina}", data=data)).status_code == 403
    for deed in ("word", "take-factor", "deactivate"):
        assert (await lead.post(f"/people/{lina}/{deed}")).status_code == 403
    assert (await person(house, "lina")).role == "lead"
    assert "for a colleague" in (await lead.get(f"/people/{lina}")).text


async def test_a_lost_telephone_is_helped_with(
    house: House, lead: httpx.AsyncClient, clock: SetClock
) -> None:
    await house.hire("asma")
    async with browser_of(house) as client:
        await sign_in(client, "asma")
        await set_up(client, clock)
        asma = (await person(house, "asma")).id
        word = re.search(
            r'id="word">([a-z0-9-]{23})<', (await lead.post(f"/people/{asma}/word")).text
        )
        assert word is not None
        assert (await sign_in(client, "asma", word[1])).headers["location"] == "/sign-in/code"
        assert (await lead.post(f"/people/{asma}/take-factor")).status_code == 303
        assert (await client.get("/password")).headers["location"] == "/sign-in"


@pytest.fixture
async def elsewhere(house: House, asma: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    """A second browser of the same supervisor."""
    async with browser_of(house) as client:
        await sign_in(client, "asma")
        yield client


async def test_sessions_are_listed_and_ended(
    asma: httpx.AsyncClient, elsewhere: httpx.AsyncClient
) -> None:
    page = (await asma.get("/account")).text
    keys = re.findall(r'name="key" value="([0-9a-f]{20})"', page)
    assert len(keys) == 1
    assert asma.cookies["amaan_staff"] not in page
    assert (await asma.post("/account/sessions/end", data={"key": "0" * 20})).status_code == 404
    assert (await elsewhere.get("/account")).status_code == 200
    assert (await asma.post("/account/sessions/end", data={"key": keys[0]})).status_code == 303
    assert (await elsewhere.get("/account")).headers["location"] == "/sign-in"
    await sign_in(elsewhere, "asma")
    assert (await asma.post("/account/sessions/end-others")).status_code == 303
    assert (await elsewhere.get("/account")).headers["location"] == "/sign-in"
    assert (await asma.get("/account")).status_code == 200


async def test_the_trail_shows_deeds_and_its_chain(house: House, lead: httpx.AsyncClient) -> None:
    trail = Trail(house.core)
    await trail.seal()
    page = await lead.get("/trail")
    assert "staff:signed_in" in page.text
    assert "<bdi>lina</bdi>" in page.text
    assert str((await trail.state()).head) in page.text
    assert "The chain holds" in (await lead.post("/trail/check")).text
    for before in ("1", "x", "9" * 40, "-1"):
        assert (await lead.get("/trail", params={"before": before})).status_code == 200


async def test_a_change_of_somebody_unknown_is_refused(lead: httpx.AsyncClient) -> None:
    data = {"role": "lead", "languages": "ur"}
    assert (await lead.get(f"/people/{UUID(int=9)}")).status_code == 404
    assert (await lead.post(f"/people/{UUID(int=9)}", data=data)).status_code == 404
    assert (await lead.post("/people/nonsense", data=data)).status_code == 422
