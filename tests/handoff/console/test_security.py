"""Headers, cookies, cross-site requests, sizes, errors."""

from __future__ import annotations

import hashlib
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from handoff.console import pages
from handoff.console.security import CONTENT_SECURITY_POLICY
from tests.handoff.console.conftest import PASSWORD, WISH_TO_DIE, House, browser_of, sign_in

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
STATIC = Path(pages.__file__).parent / "static"


def assert_guarded(answer: httpx.Response) -> None:
    assert answer.headers["content-security-policy"] == CSP == CONTENT_SECURITY_POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "same-origin"


async def test_every_answer_is_guarded_and_kept_nowhere(
    house: House, browser: httpx.AsyncClient, asma: httpx.AsyncClient
) -> None:
    case = await house.case_of(await house.writes(WISH_TO_DIE))
    for answer in (
        await browser.get("/sign-in"),
        await browser.get("/"),
        await browser.get("/nowhere"),
        await browser.get("/healthz"),
        await browser.post("/sign-in", data={"name": "x", "word": "y"}),
        await browser.delete("/"),
        await asma.get("/"),
        await asma.get(f"/cases/{case}"),
        await asma.get(f"/cases/{case}/messages"),
        await asma.get("/cases/nonsense"),
    ):
        assert_guarded(answer)
        assert answer.headers["cache-control"] == "no-store"


async def test_the_cookie_is_for_us_alone(house: House, browser: httpx.AsyncClient) -> None:
    await house.hire("asma")
    answer = await sign_in(browser, "asma")
    cookie = answer.headers["set-cookie"].lower()
    for part in ("httponly", "samesite=strict", "path=/"):
        assert part in cookie
    assert "max-age" not in cookie
    assert "; secure" not in cookie


async def test_the_cookie_is_secure_behind_tls(house: House) -> None:
    await house.hire("asma")
    async with browser_of(house) as client:
        client.headers["origin"] = "https://console.test"
        answer = await sign_in(client, "asma")
    assert "; secure" in answer.headers["set-cookie"].lower()


@pytest.mark.parametrize(
    ("headers", "let_in"),
    [
        ({"origin": "http://console.test"}, True),
        ({"sec-fetch-site": "same-origin", "origin": "null"}, True),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "cross-site", "origin": "http://console.test"}, False),
        ({"sec-fetch-site": "same-site", "origin": "http://console.test"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"origin": "https://evil.test"}, False),
        ({"origin": "http://console.test.evil.test"}, False),
        ({"origin": "http://console.test:81"}, False),
        ({"origin": "null"}, False),
        ({}, False),
    ],
)
async def test_only_our_own_pages_can_post(
    house: House, headers: dict[str, str], *, let_in: bool
) -> None:
    await house.hire("asma")
    async with browser_of(house) as client:
        del client.headers["origin"]
        data = {"name": "asma", "word": PASSWORD}
        answer = await client.post("/sign-in", data=data, headers=headers)
    assert answer.status_code == (303 if let_in else 403)
    assert ("set-cookie" in answer.headers) is let_in


async def test_a_forged_claim_changes_nothing(house: House, asma: httpx.AsyncClient) -> None:
    conversation = await house.writes(WISH_TO_DIE)
    case = await house.case_of(conversation)
    answer = await asma.post(f"/cases/{case}/claim", headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
    assert "Waiting" in (await asma.get(f"/cases/{case}")).text


async def test_links_change_nothing(house: House, asma: httpx.AsyncClient) -> None:
    case = await house.case_of(await house.writes(WISH_TO_DIE))
    for deed in ("claim", "reply", "release", "close"):
        assert (await asma.get(f"/cases/{case}/{deed}")).status_code == 405


async def test_a_huge_form_is_refused(asma: httpx.AsyncClient) -> None:
    data = {"reply_id": str(uuid4()), "text": "x" * 200_000}
    answer = await asma.post(f"/cases/{uuid4()}/reply", data=data)
    assert answer.status_code in (413, 422)


async def test_bad_forms_get_one_clear_line(house: House, asma: httpx.AsyncClient) -> None:
    case = await house.case_of(await house.writes(WISH_TO_DIE))
    for path, data in (
        (f"/cases/{case}/reply", {"reply_id": "not-an-id", "text": "hello"}),
        (f"/cases/{case}/close", {"outcome": "erased"}),
        (f"/cases/{case}/close", {}),
    ):
        answer = await asma.post(path, data=data)
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
        assert "not-an-id" not in answer.text
    answer = await asma.post(
        f"/cases/{case}/reply",
        content=b"text=\xff\xfe&reply_id=1",
        headers={"content-type": "application/x-www-form-urlencoded"},
    )
    assert answer.status_code == 422


async def test_a_fault_of_ours_says_nothing_of_itself(
    house: House, asma: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_args: object, **_more: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(type(house.reading), "queue", broken)
    answer = await asma.get("/")
    assert answer.status_code == 500
    assert "secret detail" not in answer.text
    assert "try again" in answer.text
    assert_guarded(answer)


async def test_static_files_are_a_closed_set(browser: httpx.AsyncClient) -> None:
    found = await browser.get("/static/console.css")
    assert found.headers["content-type"].startswith("text/css")
    again = await browser.get(
        "/static/console.css", headers={"if-none-match": found.headers["etag"]}
    )
    assert again.status_code == 304
    for name in ("../app.py", "..%2fapp.py", "nothing.js", ""):
        assert (await browser.get(f"/static/{name}")).status_code == 404


def test_vendored_code_is_what_its_list_says() -> None:
    folder = STATIC / "vendor"
    rows = [
        line.split("|") for line in (folder / "README.md").read_text().splitlines() if ".js" in line
    ]
    listed = {row[1].strip(): row[4].strip() for row in rows if len(row) > 4}
    assert listed.keys() == {path.name for path in folder.glob("*.js")}
    for name, known in listed.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == known


def test_templates_hold_no_script_style_or_event_attribute() -> None:
    for path in (STATIC.parent / "templates").glob("*.html"):
        text = path.read_text()
        for sign in (
            " style=",
            " onclick",
            " onload",
            " onerror",
            "javascript:",
            "|safe",
            "hx-on",
            "js:",
        ):
            assert sign not in text, (path.name, sign)
        assert "<script>" not in text
