"""The whole of a supervisor's work by plain forms, without script."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest

from amaan.clock import SetClock
from tests.handoff.console.conftest import (
    PASSWORD,
    WISH_TO_DIE,
    House,
    browser_of,
    sign_in,
)

LIVE = {"hx-request": "true", "x-amaan-live": "1"}


async def test_the_queue_goes_by_danger_then_by_waiting(
    house: House, asma: httpx.AsyncClient, clock: SetClock
) -> None:
    order = []
    for address, text in (("1", "qatal"), ("2", WISH_TO_DIE), ("3", WISH_TO_DIE), ("4", "qatal")):
        order.append(await house.case_of(await house.writes(text, address=address)))
        clock.move(timedelta(seconds=65))
    page = (await asma.get("/")).text
    shown = re.findall(r'id="line-([0-9a-f-]{36})"', page)
    assert shown == [str(order[index]) for index in (1, 2, 0, 3)]
    assert ">4:20<" in page
    assert "(4 waiting) Queue" in page
    assert "4 waiting, <strong>2 critical</strong>" in page
    assert "about somebody else" in page
    assert "Roman Sindhi" in page
    assert "you read it" in page


async def test_a_case_from_claim_to_close(house: House, asma: httpx.AsyncClient) -> None:
    conversation = await house.writes(WISH_TO_DIE)
    case = await house.case_of(conversation)
    page = (await asma.get(f"/cases/{case}?open=1")).text
    assert "<mark>" in page
    assert "جینا نہیں" in page
    assert "ur.suicide.critical.01" in page
    assert "not reviewed by a native speaker" in page
    assert 'id="text"' not in page

    answer = await asma.post(f"/cases/{case}/claim")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/cases/{case}#text")
    page = (await asma.get(f"/cases/{case}?open=1")).text
    reply_id = re.search(r'name="reply_id" value="([^"]+)"', page)
    assert reply_id is not None

    data = {"reply_id": reply_id[1], "text": "میں آپ کے ساتھ ہوں\r\nآپ محفوظ ہیں؟"}
    for _ in range(2):  # a double click, or a form sent again after a lost answer
        assert (await asma.post(f"/cases/{case}/reply", data=data)).status_code == 303
    page = (await asma.get(f"/cases/{case}?open=1")).text
    assert page.count("میں آپ کے ساتھ ہوں\nآپ محفوظ ہیں؟") == 1
    assert "A human is talking with her" in page

    assert (await asma.post(f"/cases/{case}/release")).status_code == 303
    assert "Given back to the assistant" in (await asma.get(f"/cases/{case}?open=1")).text
    answer = await asma.post(f"/cases/{case}/close", data={"outcome": "safe_now"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert str(case) not in (await asma.get("/")).text
    assert "She says that she is safe for now" in (await asma.get("/closed")).text


async def test_messages_carry_language_and_direction(house: House, asma: httpx.AsyncClient) -> None:
    conversation = await house.writes(WISH_TO_DIE)
    await house.writes("please help me now")
    page = (await asma.get(f"/cases/{await house.case_of(conversation)}?open=1")).text
    assert re.search(r'class="text" lang="ur" dir="rtl">', page)
    assert re.search(r'class="text" lang="en" dir="ltr">please help me now', page)


async def test_the_second_claim_is_told_so(house: House, asma: httpx.AsyncClient) -> None:
    case = await house.case_of(await house.writes(WISH_TO_DIE))
    await house.hire("bushra")
    async with browser_of(house) as other:
        await sign_in(other, "bushra")
        assert (await other.post(f"/cases/{case}/claim")).status_code == 303
        answer = await asma.post(f"/cases/{case}/claim")
        assert answer.status_code == 409
        assert "Somebody else has claimed" in answer.text
        page = (await asma.get(f"/cases/{case}?open=1")).text
        assert "bushra" in page
        assert 'id="text"' not in page
        answer = await asma.post(
            f"/cases/{case}/reply", data={"reply_id": str(uuid4()), "text": "words I typed"}
        )
        assert answer.status_code == 403


async def test_a_refused_answer_keeps_what_was_typed(house: House, asma: httpx.AsyncClient) -> None:
    case = await house.case_of(await house.writes(WISH_TO_DIE))
    await asma.post(f"/cases/{case}/claim")
    long = "a" * 2001
    data = {"reply_id": str(uuid4()), "text": long}
    answer = await asma.post(f"/cases/{case}/reply", data=data)
    assert answer.status_code == 422
    assert long in answer.text
    assert data["reply_id"] in answer.text
    answer = await asma.post(f"/cases/{case}/reply", data=data, headers={"hx-request": "true"})
    assert answer.status_code == 422
    assert answer.headers["hx-retarget"] == "#notice"
    assert long not in answer.text
    answer = await asma.post(f"/cases/{case}/reply", data=data | {"text": " \n "})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "</textarea><img src=x onerror=alert(1)>",
        "{{ 7*7 }} %s {0}",
        "\u202eevil\u202c \u0000 \u0007",
        "' onmouseover='x",
    ],
)
async def test_her_text_is_only_ever_text(house: House, asma: httpx.AsyncClient, text: str) -> None:
    conversation = await house.writes(WISH_TO_DIE)
    await house.writes(text)
    page = (await asma.get(f"/cases/{await house.case_of(conversation)}?open=1")).text
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "49 " not in page
    shown = re.findall(r'<div id="body-\d+"[^>]*>(.*?)</div>', page, re.S)
    assert text.replace("\u0000", "") in [html.unescape(one).replace("\u0000", "") for one in shown]


async def test_erased_is_gone_from_every_page(house: House, asma: httpx.AsyncClient) -> None:
    conversation = await house.writes(WISH_TO_DIE)
    case = await house.case_of(conversation)
    await asma.post(f"/cases/{case}/claim")
    await house.bench.eraser.erase(conversation)
    for path in (
        f"/cases/{case}",
        f"/cases/{case}/messages",
        f"/cases/{case}/panel",
        "/",
        "/closed",
    ):
        answer = await asma.get(path)
        assert answer.status_code == 200
        assert "جینا" not in answer.text
        assert str(conversation) not in answer.text
    answer = await asma.get(f"/cases/{case}/messages", headers=LIVE)
    assert answer.headers["hx-retarget"] == "#conversation"
    assert "She has erased this conversation" in answer.text
    answer = await asma.post(
        f"/cases/{case}/reply", data={"reply_id": str(uuid4()), "text": "are you there"}
    )
    assert answer.status_code in (404, 409)
    assert "Erased by her" in (await asma.get("/closed")).text


async def test_a_closed_conversation_is_a_right_of_its_own(
    house: House, asma: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    case = await house.case_of(await house.writes(WISH_TO_DIE))
    assert "Close the case" not in (await asma.get(f"/cases/{case}?open=1")).text
    early = await asma.post(f"/cases/{case}/close", data={"outcome": "not_a_risk"})
    assert early.status_code == 403
    await asma.post(f"/cases/{case}/claim")
    assert "Close the case" in (await asma.get(f"/cases/{case}?open=1")).text
    await asma.post(f"/cases/{case}/close", data={"outcome": "not_a_risk"})
    assert "جینا" not in (await asma.get(f"/cases/{case}?open=1")).text
    assert "a right of its own" in (await asma.get(f"/cases/{case}?open=1")).text
    assert "جینا" in (await lead.get(f"/cases/{case}?open=1")).text
    assert f"/cases/{case}" not in (await asma.get("/closed")).text
    assert f"/cases/{case}" in (await lead.get("/closed")).text


async def test_the_live_parts_bring_only_what_is_new(house: House, asma: httpx.AsyncClient) -> None:
    case = await house.case_of(await house.writes(WISH_TO_DIE))
    part = (await asma.get(f"/cases/{case}/messages?after=0", headers=LIVE)).text
    assert '<li class="message person" id="m-1"' in part
    await house.writes("one more line")
    after = max(int(number) for number in re.findall(r'id="m-(\d+)"', part))
    part = (await asma.get(f"/cases/{case}/messages?after={after}", headers=LIVE)).text
    assert "one more line" in part
    assert f'id="m-{after}"' not in part
    assert '<div id="risk-1" class="risk" hx-swap-oob="true">' in part
    new = part.split("<li", 2)[1]
    assert "hx-swap-oob" not in new.split("</li>")[0]


async def test_operator_alarms_are_shown_and_cleared_by_who_may(
    house: House, asma: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    await house.core.operator_alarms.raise_alarm("nobody_on_call")
    await house.core.operator_alarms.raise_alarm("a_new_kind")
    page = (await lead.get("/")).text
    assert "Nobody was on call" in page
    assert "a_new_kind" in page
    assert "House alarms" not in (await asma.get("/")).text
    refused = await asma.post("/operator-alarms/clear", data={"kind": "nobody_on_call"})
    assert refused.status_code == 403
    assert (
        await lead.post("/operator-alarms/clear", data={"kind": "nobody_on_call"})
    ).status_code == 303
    page = (await lead.get("/operator-alarms")).text
    assert "Nobody was on call" not in page
    assert "a_new_kind" in page


async def test_an_unknown_case_is_not_found(asma: httpx.AsyncClient) -> None:
    for path in (f"/cases/{uuid4()}", f"/cases/{uuid4()}/live"):
        assert (await asma.get(path)).status_code == 404


async def test_an_idle_console_ends_however_busy_the_queue(
    house: House, asma: httpx.AsyncClient, clock: SetClock
) -> None:
    for _ in range(4):
        clock.move(timedelta(minutes=10))
        answer = await asma.get("/queue", headers=LIVE)
    assert answer.status_code == 401
    assert answer.headers["hx-retarget"] == "body"
    assert "Your session has ended" in answer.text
    assert (await asma.get("/")).headers["location"] == "/sign-in"


async def test_somebody_who_types_stays_signed_in(
    house: House, asma: httpx.AsyncClient, clock: SetClock
) -> None:
    for _ in range(4):
        clock.move(timedelta(minutes=10))
        assert (await asma.post("/still-here")).status_code == 204
    assert (await asma.get("/")).status_code == 200


async def test_signing_in_and_out(house: House) -> None:
    person = await house.staff.add("nadia", "supervisor", ["ur"])
    word = await house.staff.issue_one_time(person.id)
    async with browser_of(house) as client:
        wrong = await sign_in(client, "nadia", "wrong")
        unknown = await sign_in(client, "nobody", "wrong")
        assert wrong.status_code == unknown.status_code == 403
        assert wrong.text.replace("nadia", "") == unknown.text.replace("nobody", "")
        assert (await sign_in(client, " Nadia ", word)).headers["location"] == "/password"
        for new, again, line in (
            (PASSWORD, "another one entirely", "not the same"),
            ("short", "short", "longer password"),
        ):
            answer = await client.post("/password", data={"new": new, "again": again})
            assert answer.status_code == 422
            assert line in answer.text
            assert new not in answer.text
        data = {"new": PASSWORD, "again": PASSWORD}
        assert (await client.post("/password", data=data)).headers["location"] == "/"
        assert (await client.get("/")).status_code == 200
        answer = await client.post("/sign-out")
        assert answer.headers["location"] == "/sign-in"
        assert (await client.get("/")).status_code == 303
        assert (await sign_in(client, "nadia", word)).status_code == 403
