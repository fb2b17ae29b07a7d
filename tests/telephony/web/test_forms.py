"""The page as a plain form: what is taken, shown, refused and erased."""

from __future__ import annotations

import asyncio
import gzip
import json

import httpx
import pytest
from sqlalchemy import func, select
from starlette.routing import BaseRoute

from amaan.storage.models import Address, Conversation, Message
from amaan.words import VARIANTS
from telephony.access import checks_by_route
from telephony.app import public_app
from telephony.web.form import preferred_variant
from tests.fakes import Bench
from tests.telephony.web.conftest import BROWSER, Site, hidden


async def count(site: Site, table: type) -> int:
    async with site.bench.core.database.transaction() as tx:
        return await tx.session.scalar(select(func.count()).select_from(table)) or 0


def words(site: Site, key: str, tag: str = "ur-Arab") -> str:
    return site.bench.core.catalogues.text(key, tag, "web")


async def started(site: Site, text: str = "سلام") -> tuple[str, httpx.Response]:
    """A conversation with one answer, and its page."""
    page = await site.client.get("/")
    secret = hidden(page.text, "secret")
    return secret, await site.post(secret=secret, message_key="key-0001", text=text)


async def test_first_page_is_neutral_and_stores_nothing(site: Site) -> None:
    response = await site.client.get("/")
    assert response.status_code == 200
    assert f"<title>{words(site, 'web.title')}</title>" in response.text
    assert 'lang="ur" dir="rtl"' in response.text
    assert 'href="tel:15"' in response.text
    assert 'href="tel:03117786264"' in response.text
    assert len(hidden(response.text, "secret")) == 43
    assert hidden(response.text, "secret") != hidden((await site.client.get("/")).text, "secret")
    assert await count(site, Conversation) == 0


async def test_every_response_carries_the_strict_headers(site: Site) -> None:
    responses = [
        await site.client.get("/"),
        await site.client.get("/healthz"),
        await site.client.get("/nothing-here"),
        await site.post("/leave"),
        await site.ask("/", do="refresh"),
        await site.client.post("/", content=b"x" * 300_000, headers=BROWSER),
    ]
    for response in responses:
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["referrer-policy"] == "no-referrer"
        assert response.headers["x-frame-options"] == "DENY"
        assert "frame-ancestors 'none'" in response.headers["content-security-policy"]
        assert response.headers["content-security-policy"].startswith("default-src 'none'")
        assert "set-cookie" not in response.headers


async def test_page_policy_is_exact(site: Site) -> None:
    policy = (await site.client.get("/")).headers["content-security-policy"]
    names = [part.split()[0] for part in policy.split("; ")]
    assert names == [
        "default-src", "script-src", "style-src", "connect-src", "img-src", "form-action",
        "base-uri", "frame-ancestors", "require-trusted-types-for", "trusted-types",
    ]  # fmt: skip
    assert "unsafe" not in policy
    assert "http" not in policy


async def test_whole_first_load_weighs_little(site: Site) -> None:
    for tag in VARIANTS:
        page = (await site.post(do="lang", lang=tag)).content
        assert len(gzip.compress(page)) < 13_500
        assert b"http://" not in page


async def test_message_is_answered_in_the_same_page(site: Site) -> None:
    _, page = await started(site)
    assert page.status_code == 200
    assert words(site, "web.you") in page.text
    assert words(site, "greet").split("\n")[0] in page.text
    assert 'name="pick" value="2"' in page.text
    assert hidden(page.text, "started") == "1"


async def test_same_message_key_is_taken_once(site: Site) -> None:
    secret, _ = await started(site)
    again = await site.post(secret=secret, message_key="key-0001", text="سلام", started="1")
    assert again.text.count('<li class="you"') == 1
    both = await asyncio.gather(
        *(site.post(secret=secret, message_key="key-0002", text="دو", started="1") for _ in "12")
    )
    assert {response.status_code for response in both} == {200}
    page = await site.post(secret=secret, started="1", do="refresh")
    assert page.text.count('<li class="you"') == 2


async def test_two_pages_may_use_the_same_key(site: Site) -> None:
    await started(site)
    await started(site)
    assert await count(site, Conversation) == 2


async def test_menu_number_is_sent_and_older_menu_rests(site: Site) -> None:
    secret, page = await started(site)
    page = await site.post(
        secret=secret, started="1", message_key="key-0002", pick="2", text="draft"
    )
    assert site.dialogue.turns[-1].text == "2"
    assert ">draft</textarea>" in page.text
    assert 'href="tel:1099" dir="ltr">1099</a>' in page.text


async def test_language_switch_keeps_chat_and_draft(site: Site) -> None:
    secret, _ = await started(site)
    page = await site.post(
        secret=secret, started="1", do="lang", lang="sd-Latn", page_lang="ur-Arab", text="half"
    )
    assert 'lang="sd-Latn" dir="ltr"' in page.text
    assert ">half</textarea>" in page.text
    assert 'class="you"' in page.text
    assert hidden(page.text, "chosen") == "1"
    await site.post(
        secret=secret, started="1", text="x", lang="sd-Latn", page_lang="sd-Latn", chosen="1"
    )
    async with site.bench.core.database.transaction() as tx:
        conversation = await tx.session.scalar(select(Conversation))
    assert conversation is not None
    assert (conversation.language, conversation.script) == ("sd", "Latn")
    assert conversation.language_chosen


async def test_slow_answer_is_fetched_by_looking_again(site: Site) -> None:
    site.dialogue.gate.clear()
    secret, page = await started(site)
    assert words(site, "web.waiting") in page.text
    assert words(site, "web.refresh") in page.text
    site.dialogue.gate.set()
    for _ in range(50):
        page = await site.post(secret=secret, started="1", do="refresh")
        if '<p class="who">' + words(site, "web.helper") in page.text:
            break
        await asyncio.sleep(0.1)
    assert words(site, "greet").split("\n")[0] in page.text


async def test_erase_asks_first_then_leaves_nothing(site: Site) -> None:
    secret, _ = await started(site)
    asked = await site.post(secret=secret, started="1", do="erase")
    assert words(site, "web.erase_question") in asked.text
    assert await count(site, Message) > 0
    erased = await site.post(secret=secret, started="1", do="erase_now")
    assert words(site, "web.erased") in erased.text
    assert hidden(erased.text, "secret") != secret
    assert hidden(erased.text, "started") == ""
    for table in (Conversation, Message, Address):
        assert await count(site, table) == 0


async def test_after_an_erase_the_old_page_is_told_and_its_text_kept(site: Site) -> None:
    secret, _ = await started(site)
    await site.post(secret=secret, started="1", do="erase_now")
    page = await site.post(secret=secret, started="1", do="refresh")
    assert words(site, "web.ended") in page.text
    page = await site.post(secret=secret, started="1", text="anything", message_key="key-0009")
    assert words(site, "web.ended") in page.text
    assert ">anything</textarea>" in page.text
    assert secret not in page.text
    assert await count(site, Conversation) == 0


async def test_erase_in_words_clears_the_page(site: Site) -> None:
    secret, _ = await started(site)
    page = await site.post(secret=secret, started="1", text="erase", message_key="key-0002")
    assert words(site, "web.erased") in page.text
    assert 'class="you"' not in page.text
    assert secret not in page.text


@pytest.mark.parametrize(
    "text",
    ["", "😀😀", "\x00\x1b[31m\x07", "\u202eabc\u202c", "ا" * 20_000, "<script>alert(1)</script>"],
    ids=["empty", "emoji", "control", "override", "long", "markup"],
)
async def test_odd_messages_are_taken_and_shown_as_text(site: Site, text: str) -> None:
    _, page = await started(site, text)
    assert page.status_code == 200
    assert page.text.count('<li class="you"') == 1
    assert "<script>alert" not in page.text


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (b"text=%ff%fe", "application/x-www-form-urlencoded", 400, "not_a_form"),
        (b"text=\xff", "application/x-www-form-urlencoded", 400, "not_a_form"),
        (b"&".join([b"a=1"] * 50), "application/x-www-form-urlencoded", 400, "not_a_form"),
        (b'{"text": "x"}', "application/json", 400, "not_a_form"),
        (b"text=" + b"x" * 300_000, "application/x-www-form-urlencoded", 413, "too_large"),
    ],
)
@pytest.mark.parametrize("path", ["/", "/live"])
async def test_bodies_that_are_no_form_are_refused(
    site: Site, path: str, body: bytes, kind: str, status: int, code: str
) -> None:
    response = await site.client.post(path, content=body, headers={"Content-Type": kind})
    assert response.status_code == status
    assert response.json() == {"error": code}
    assert await count(site, Conversation) == 0


async def test_forms_of_other_sites_are_refused(site: Site) -> None:
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        for path in ("/", "/live"):
            response = await site.client.post(path, data={"text": "x"}, headers=headers)
            assert response.status_code == 403
            assert response.json() == {"error": "cross_site"}
    assert await count(site, Conversation) == 0


async def test_malformed_secret_is_replaced(site: Site) -> None:
    page = await site.post(secret="a", text="سلام", message_key="x")
    assert len(hidden(page.text, "secret")) == 43
    assert page.text.count('<li class="you"') == 1


async def test_database_down_gives_her_text_back_under_the_same_key(
    site: Site, capfd: pytest.CaptureFixture[str]
) -> None:
    page = await site.client.get("/")
    secret = hidden(page.text, "secret")
    await site.bench.core.database.execute_alone("ALTER TABLE inbound_claim RENAME TO gone")
    failed = await site.post(secret=secret, message_key="key-0001", text="سلام")
    assert failed.status_code == 503
    assert words(site, "web.not_sent") in failed.text
    assert ">سلام</textarea>" in failed.text
    assert hidden(failed.text, "message_key") == "key-0001"
    assert hidden(failed.text, "secret") == secret
    answer = await site.ask(secret=secret, message_key="key-0001", text="سلام")
    assert (answer.status_code, answer.json()) == (500, {"error": "error"})
    await site.bench.core.database.execute_alone("ALTER TABLE gone RENAME TO inbound_claim")
    page = await site.post(secret=secret, message_key="key-0001", text="سلام")
    assert page.text.count('<li class="you"') == 1
    written = "".join(capfd.readouterr())
    assert "page_failed" in written
    for mine in ("سلام", secret, "key-0001", "127.0.0.1", "httpx"):
        assert mine not in written


async def test_unknown_address_gives_a_fresh_page_or_a_code(site: Site) -> None:
    assert (await site.client.get("/x")).json() == {"error": "not_found"}
    page = await site.client.get("/x", headers={"Accept": "text/html"})
    assert page.status_code == 404
    assert 'href="tel:15"' in page.text
    assert (await site.client.put("/")).json() == {"error": "method_not_allowed"}


async def test_leave_is_blank_and_goes_on(site: Site) -> None:
    response = await site.post("/leave")
    assert response.status_code == 200
    assert 'content="0;url=https://www.wikipedia.org/"' in response.text
    assert '"cache"' in response.headers["clear-site-data"]
    assert len(response.content) < 500


async def test_after_leaving_an_old_form_shows_nothing(site: Site) -> None:
    secret, _ = await started(site, "marker")
    await site.post("/leave", secret=secret)
    for fields in (
        {"text": "marker", "message_key": "key-0001"},
        {"text": "marker", "message_key": "key-0001", "started": "1"},
        {"text": "marker", "do": "refresh", "started": "1"},
        {"text": "marker", "do": "erase", "started": "1"},
    ):
        page = await site.post(secret=secret, **fields)
        assert words(site, "web.ended") in page.text
        assert "marker" not in page.text
    # What she told us is still there for the people it may concern.
    assert await count(site, Message) == 2
    assert await count(site, Address) == 0


async def test_live_tells_new_messages_and_the_end(site: Site) -> None:
    secret, _ = await started(site)
    heard: list[dict[str, object]] = []
    async with site.client.stream("POST", "/live", data={"secret": secret, "after": "2"}) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert stream.headers["cache-control"] == "no-store"
        assert "content-encoding" not in stream.headers
        sent = asyncio.create_task(
            site.ask(secret=secret, started="1", text="دوسرا", message_key="key-0002", after="2")
        )
        async for row in stream.aiter_lines():
            if not row.startswith("data: "):
                continue
            heard.append(json.loads(row[6:]))
            if any(m["who"] == "helper" for m in heard[-1].get("messages", ())):  # type: ignore[attr-defined]
                await sent
                await site.ask(secret=secret, started="1", do="erase_now")
            if heard[-1]["ended"]:
                break
    texts = [m["who"] for answer in heard for m in answer.get("messages", ())]  # type: ignore[attr-defined]
    assert texts == ["you", "helper"]
    assert len(str(heard[-1]["secret"])) == 43


async def test_live_for_an_unknown_secret_ends_at_once(site: Site) -> None:
    response = await site.ask("/live", secret="A" * 43, started="1")
    assert '"ended": true' in response.text


async def test_health(site: Site) -> None:
    assert (await site.client.get("/healthz")).json() == {"status": "ok"}


def test_every_route_shows_its_check(bench: Bench) -> None:
    """Closed by default: a new route without a named check fails here."""
    app = public_app(bench.core, bench.acceptor, bench.eraser)
    routes: list[BaseRoute] = []
    for route in app.router.routes:
        routes += getattr(getattr(route, "original_router", None), "routes", [route])
    assert checks_by_route(routes) == {
        "GET /healthz": ["open to all"],
        "GET /": ["open to all"],
        "POST /": ["own page"],
        "POST /live": ["own page"],
        "POST /leave": ["open to all"],
    }


@pytest.mark.parametrize(
    ("header", "tag"),
    [
        ("", "ur-Arab"),
        ("en-US,en;q=0.9", "ur-Arab"),
        ("en-GB,ps;q=0.8", "ps-Arab"),
        ("sd-PK", "sd-Arab"),
        ("zz, ,;q=", "ur-Arab"),
    ],
)
def test_first_language(header: str, tag: str) -> None:
    assert preferred_variant(header).tag == tag
