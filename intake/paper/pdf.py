"""Makes a PDF of a sheet: nothing is fetched, and nothing in the file tells where it is from."""

from __future__ import annotations

import asyncio
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from amaan.errors import ConfigurationError, InputError
from intake.paper.bidi import paragraphs
from intake.paper.copying import mark_text
from intake.paper.sheet import Sheet

FILE_NAME: Final = "notes.pdf"
"""Says nothing to whoever looks into the downloads of her phone."""
MAX_SIZE: Final = 60_000
"""Characters on a sheet: three times the longest story. The schema lets through 50 addresses of
2,048 characters as well, which would hold up everybody else's sheets for twenty seconds."""

# Pango's font map is shared by all threads.
_ONE_AT_A_TIME: Final = threading.Lock()
# Of its own, so that those who wait for a sheet do not take the threads of others.
_MAKER: Final = ThreadPoolExecutor(max_workers=1, thread_name_prefix="paper")


def pdf(sheet: Sheet) -> bytes:
    """The sheet as a PDF on A4 paper; the same sheet gives the same bytes.

    Takes from a tenth of a second to some seconds: on an event loop use `make_pdf`. Raises
    `InputError` (code ``too_long``) above `MAX_SIZE` and `ConfigurationError` when Pango is
    missing. Reads fonts of the system and nothing else.
    """
    if sheet.size > MAX_SIZE:
        raise InputError("a sheet has too many characters", code="too_long")
    weasyprint = _weasyprint()
    source = _template().render(
        sheet=sheet, paragraphs=lambda text: paragraphs(text, sheet.direction)
    )
    with _ONE_AT_A_TIME:
        page = weasyprint.HTML(string=source, base_url=None, url_fetcher=_nothing(weasyprint))
        made: bytes = page.write_pdf(finisher=_finish)
    return made


async def make_pdf(sheet: Sheet) -> bytes:
    """As `pdf`, off the event loop; sheets are made one after the other."""
    return await asyncio.get_running_loop().run_in_executor(_MAKER, pdf, sheet)


def _finish(document: Any, made: Any) -> None:
    """Takes out who made the file, and lets Gurmukhi be copied as it was written."""
    made.info.clear()
    mark_text(document, made)


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("sheet.html")


def _weasyprint() -> Any:
    # Imported when the first sheet is made: it loads Pango, which a machine may lack, and no
    # process should fail to start for want of paper.
    try:
        import weasyprint  # type: ignore[import-untyped]
    except OSError as error:
        raise ConfigurationError(
            "Pango is missing: run scripts/system-packages.sh paper", code="paper"
        ) from error
    # It logs the signs for which no font is found: they are hers.
    for name in ("weasyprint", "weasyprint.progress", "fontTools"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return weasyprint


def _nothing(weasyprint: Any) -> Any:
    """Refuses every address, `file:` and `data:` too."""

    class Nothing(weasyprint.URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: Any = None) -> Any:
            raise ValueError("nothing is fetched")

    return Nothing()
