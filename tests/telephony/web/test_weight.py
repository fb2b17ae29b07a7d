"""What the page weighs on the line, from its real answers, and that nothing else is asked for."""

from __future__ import annotations

import re

import pytest

from amaan.words import VARIANTS
from tests.telephony.web.conftest import BROWSER, Site

MOST_BYTES = 30_000
"""Design, section 8: the whole first load, compressed."""


@pytest.mark.parametrize("tag", list(VARIANTS))
async def test_whole_page_is_one_light_answer(site: Site, tag: str) -> None:
    fields = {"do": "lang", "lang": tag}
    async with site.client.stream("POST", "/", data=fields, headers=BROWSER) as answer:
        packed = [chunk async for chunk in answer.aiter_raw()]
    assert answer.headers["content-encoding"] == "gzip"
    heads = sum(len(name) + len(value) + 4 for name, value in answer.headers.raw)
    assert heads + sum(map(len, packed)) <= MOST_BYTES
    assert answer.headers["cache-control"] == "no-store"

    page = (await site.post(do="lang", lang=tag)).text
    assert f'lang="{VARIANTS[tag].html_lang}"' in page
    # No second request of any kind: no picture, font, style, script, manifest or icon.
    assert re.findall(r"<link[^>]*>", page) == ['<link rel="icon" href="data:,">']
    assert not re.search(r"\bsrc=|srcset|url\(|@import|@font-face|<img|<iframe|<object", page)
    assert not re.search(r"serviceWorker|localStorage|sessionStorage|indexedDB|cookie", page)


async def test_other_answers_are_small_and_name_no_icon(site: Site) -> None:
    for path in ("/favicon.ico", "/manifest.json", "/sw.js", "/robots.txt"):
        answer = await site.client.get(path)
        assert answer.status_code == 404
        assert answer.headers["cache-control"] == "no-store"
        assert len(answer.content) < 100
