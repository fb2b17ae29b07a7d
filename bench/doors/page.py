"""`python -m bench.doors.page [--url URL]`: the web chat on a slow line, in a real Chromium.

The chat must run (`make run`). JSON lines on standard output, a table beside. The line is
that of the design: 50 kB/s and 400 ms of delay, made by the browser itself.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Iterator, Sequence

from playwright.sync_api import Browser, BrowserContext, Page, Route, expect, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from bench.figures import BenchError, Figure, percentile, table

BYTES_PER_SECOND, DELAY_MS = 50_000, 400
LOAD_BAR_BYTES, FIRST_MESSAGE_BAR, BLANK_BAR_MS = 30_000, 3.0, 100.0
"""Design, section 8. The answer has its own bar there, without the line (`reply ready`)."""
_ANSWER_MS = 60_000
# When the press arrives in the page, and when a frame without the chat has been drawn.
_WATCH = """() => document.addEventListener('click', event => {
  const root = document.documentElement, began = event.timeStamp;
  const tell = () => console.log('blank ' + (performance.now() - began));
  const drawn = () => requestAnimationFrame(() => setTimeout(tell));
  const look = () => root.textContent === '' ? drawn() : setTimeout(look);
  look();
}, {capture: true, once: true})"""


def main(arguments: Sequence[str]) -> int:
    """Measures and prints. Returns 1 when a bar is missed or the run could not be made."""
    options = _options(arguments)
    figures: list[Figure] = []
    try:
        for figure in _measured(options.url, options.rounds):
            figures.append(figure)
            print(figure.line(), flush=True)
    except (BenchError, PlaywrightError) as error:
        print(f"bench-page: {error}", file=sys.stderr)
        return 1
    print(f"\n{table(figures)}", file=sys.stderr)
    missed = [figure.name for figure in figures if figure.holds is False]
    if missed:
        print(f"bench-page: bar missed: {', '.join(missed)}", file=sys.stderr)
    return 1 if missed else 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench-page", description="The web chat on a slow line.")
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="of the chat (%(default)s)")
    parser.add_argument("--rounds", type=int, default=20, help="of each measure (%(default)s)")
    return parser.parse_args(arguments)


def _measured(url: str, rounds: int) -> Iterator[Figure]:
    chromium = shutil.which("chromium")
    if chromium is None:
        raise BenchError("install Debian's chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        visits = [_visit(browser, url) for _ in range(rounds)]
        yield Figure("page_bytes", max(v["bytes"] for v in visits), "B", LOAD_BAR_BYTES, "packed")
        yield Figure("page_requests", max(v["requests"] for v in visits), "", 1)
        yield from _spread("page_first_load", [v["load"] for v in visits], "s")
        ready = [v["ready"] for v in visits]
        yield from _spread("page_first_message_possible", ready, "s", FIRST_MESSAGE_BAR)
        yield from _spread("page_send_to_answer", [v["answer"] for v in visits], "s")
        yield from _spread("page_exit_to_blank", [v["blank"] for v in visits], "ms", BLANK_BAR_MS)
        plain = [_plain_exit(browser, url) for _ in range(rounds)]
        # Without script the server must be asked: one way there and back.
        yield from _spread("page_exit_to_blank_without_script", plain, "ms")
        browser.close()


def _spread(
    name: str, values: Sequence[float], unit: str, bar: float | None = None
) -> Iterator[Figure]:
    yield Figure(f"{name}_p50", percentile(values, 50), unit, None, f"of {len(values)}")
    yield Figure(f"{name}_p99", percentile(values, 99), unit, bar)


def _slow_page(context: BrowserContext) -> Page:
    """A page behind the slow line; the harmless page is answered here."""
    context.route(lambda address: address.startswith("https://"), _harmless)
    page = context.new_page()
    tool = context.new_cdp_session(page)
    tool.send("Network.enable")
    tool.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": DELAY_MS,
            "downloadThroughput": BYTES_PER_SECOND,
            "uploadThroughput": BYTES_PER_SECOND,
        },
    )
    return page


def _harmless(route: Route) -> None:
    # It is behind the slow line too.
    time.sleep(2 * DELAY_MS / 1000)
    route.fulfill(content_type="text/html", body="harmless")


def _visit(browser: Browser, url: str) -> dict[str, float]:
    """One person: opens the page, writes, is answered, leaves. Seconds, bytes, milliseconds."""
    context = browser.new_context(viewport={"width": 360, "height": 640})
    page = _slow_page(context)
    sizes: list[float] = []
    page.on("requestfinished", lambda r: sizes.append(r.sizes()["responseBodySize"]))
    began = time.monotonic()
    page.goto(url, wait_until="commit")
    page.locator("html.js #text").wait_for()
    ready = time.monotonic() - began
    page.wait_for_load_state("load")
    load = time.monotonic() - began
    page.wait_for_timeout(200)
    found = {"bytes": sum(sizes), "requests": float(len(sizes)), "ready": ready, "load": load}
    page.locator("#text").fill("salam")
    began = time.monotonic()
    page.locator("button[value=send]").click()
    expect(page.locator("#lines > .helper")).not_to_have_count(0, timeout=_ANSWER_MS)
    found["answer"] = time.monotonic() - began
    page.evaluate(_WATCH)
    with page.expect_console_message(lambda m: m.text.startswith("blank ")) as told:
        page.evaluate("() => { setTimeout(() => document.querySelector('.exit').click(), 50) }")
    found["blank"] = float(told.value.text.removeprefix("blank "))
    context.close()
    return found


def _plain_exit(browser: Browser, url: str) -> float:
    """Without script: from the press until the browser shows the blank page. Milliseconds."""
    context = browser.new_context(java_script_enabled=False)
    page = _slow_page(context)
    page.goto(url)
    page.locator("#text").fill("salam")
    page.locator("button[value=send]").click()
    page.locator("#lines > .you").wait_for(timeout=_ANSWER_MS)
    began = time.monotonic()
    with page.expect_event("framenavigated"):
        page.locator(".exit").click(no_wait_after=True)
    passed = time.monotonic() - began
    context.close()
    return passed * 1000


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
