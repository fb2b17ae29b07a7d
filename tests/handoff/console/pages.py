"""Pages of the console, as the tests read them."""

from __future__ import annotations

import httpx


async def text_of(client: httpx.AsyncClient, path: str) -> str:
    """The markup of a page that opens."""
    answer = await client.get(path)
    assert answer.status_code == 200, path
    return answer.text
