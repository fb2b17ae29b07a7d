"""A browser with a profile on the disk, and a search through everything that it left there."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path

from playwright.async_api import BrowserContext, async_playwright

from tests.telephony.web.browser import ARGUMENTS, CHROMIUM, route_exit

# Playwright turns these off or on for speed; her browser has them as they come.
_AS_SHE_HAS_IT = [
    "--disable-back-forward-cache",
    "--disable-background-networking",
    "--disable-extensions",
    "--disable-component-extensions-with-background-pages",
    "--enable-automation",
]
# Chromium writes its session files 2.5 s after the last navigation.
SETTLED_MS = 3000


@asynccontextmanager
async def profile(
    folder: Path, *, script: bool = True, restores: bool = False
) -> AsyncIterator[BrowserContext]:
    """A browser that writes to `folder`; started again, it `restores` the tabs it had."""
    more = ["--restore-last-session"] if restores else []
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            str(folder),
            executable_path=CHROMIUM,
            args=ARGUMENTS + more,
            ignore_default_args=_AS_SHE_HAS_IT,
            java_script_enabled=script,
            viewport={"width": 360, "height": 640},
        )
        await route_exit(context)
        yield context
        await context.close()


def forms(text: str) -> list[bytes]:
    """The bytes in which a text can lie in a file."""
    escaped = text.encode("unicode_escape")
    quoted = "".join(f"%{byte:02X}" for byte in text.encode()).encode()
    return [text.encode(), text.encode("utf-16-le"), escaped, quoted]


def holding(folder: Path, texts: dict[str, str]) -> list[str]:
    """``file: name`` for each named text that stands in a file of `folder`, packed or not."""
    wanted = {name: forms(text) for name, text in texts.items()}
    return sorted(
        {
            f"{path.relative_to(folder)}: {name}"
            for path in folder.rglob("*")
            if path.is_file()
            for data in _contents(path)
            for name, shapes in wanted.items()
            if any(shape in data for shape in shapes)
        }
    )


def _contents(path: Path) -> Iterator[bytes]:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return  # a database recycles its files
    yield data
    at = data.find(b"\x1f\x8b\x08")
    while at >= 0:
        with suppress(zlib.error):
            yield zlib.decompressobj(wbits=31).decompress(data[at:])
        at = data.find(b"\x1f\x8b\x08", at + 1)


def history(folder: Path, origin: str) -> list[tuple[str, str]]:
    """Address and title of every row of the browser's history under `origin`."""
    database = folder / "Default" / "History"
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        rows = connection.execute("SELECT url, title FROM urls ORDER BY id").fetchall()
    return [(str(url), str(title)) for url, title in rows if str(url).startswith(origin)]


def form_memory(folder: Path) -> int:
    """How many words the browser would offer again, and how many names and passwords it keeps."""
    tables = (("Web Data", "autofill"), ("Login Data", "logins"), ("Login Data", "stats"))
    count = 0
    for name, table in tables:
        database = folder / "Default" / name
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            count += connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    return count
