"""Nobody shows the page in a frame but the sites that an operator lists."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.async_api import expect
from pydantic import ValidationError

from amaan.settings import Settings
from tests.telephony.web.browser import chromium, needs_chromium, new_context
from tests.telephony.web.conftest import Site


class Parent(BaseHTTPRequestHandler):
    """Another site's page, with ours in a frame: the address of ours is its path."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(f'<iframe src="http:/{self.path}/"></iframe>'.encode())

    def log_message(self, format: str, *values: object) -> None:
        """Says nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    """Port of the other site. Under two names it is two sites to a browser."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Parent)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.fixture
def settings(settings: Settings, port: int) -> Settings:
    """One site may embed the page."""
    return settings.model_copy(update={"embed_origins": (f"http://localhost:{port}",)})


def test_the_default_is_nobody() -> None:
    assert Settings().embed_origins == ()


@pytest.mark.parametrize(
    "origin",
    ["*", "ngo.example", "https://", "https://ngo.example/", "https://a.example; script-src *"],
)
def test_what_is_no_origin_is_refused(origin: str) -> None:
    """It stands in a header: a semicolon would end the policy, a star would open it."""
    with pytest.raises(ValidationError):
        Settings(embed_origins=(origin,))


async def test_the_policy_names_the_listed_site(site: Site, port: int) -> None:
    policy = (await site.client.get("/")).headers["content-security-policy"]
    assert f"frame-ancestors http://localhost:{port};" in policy
    # Everything else stays closed to every frame.
    other = (await site.client.get("/healthz")).headers["content-security-policy"]
    assert "frame-ancestors 'none'" in other


@needs_chromium
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_in_a_browser_only_the_listed_site_shows_it(site: Site, port: int, host: str) -> None:
    async with chromium() as browser:
        page = await (await new_context(browser)).new_page()
        await page.goto(f"http://{host}:{port}/{site.url.removeprefix('http://')}")
        frame = page.frame_locator("iframe")
        if host == "127.0.0.1":
            await page.wait_for_timeout(1000)
            assert await frame.locator("#text").count() == 0
            return
        await frame.locator("#text").fill("hello")
        await frame.locator("button[value=send]").click()
        await expect(frame.locator("#lines > .helper")).to_have_count(1, timeout=20_000)
