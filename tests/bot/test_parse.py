"""`make -s parse`: in order, a line each, bad lines do not end it, only results on output."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from typing import Any

from bot.parse import parse_lines
from tests.bot.conftest import ROOT
from tests.bot.talking import on_loop

LINES = [
    ('{"id": 1, "text": "jeena nahi chahti main aaj raat"}', None),
    ("no json", "not JSON"),
    ('{"id": 2}', "text is missing or not a string"),
    ('{"id": "a", "text": 7}', "text is missing or not a string"),
    ("[1]", "not an object"),
    ('{"id": 3, "text": ""}', None),
    ('{"id": 4, "text": "/greet"}', None),
    ('{"id": null, "text": "hello"}', None),
    ('{"id": 5, "text": "\\ud800 lone"}', None),
]


@on_loop
async def test_bad_lines_do_not_end_it() -> None:
    async def assess(text: str) -> dict[str, Any]:
        if text == "boom":
            raise RuntimeError("secret words")
        return {"language": "en"}

    source = io.BytesIO(b'{"id": 1, "text": "boom"}\n\n\xff\xfe\n{"id": 2, "text": "ok"}\n')
    target = io.StringIO()
    await parse_lines(source, target, assess)
    rows = [json.loads(line) for line in target.getvalue().splitlines()]
    assert rows == [
        {"id": 1, "error": "RuntimeError"},
        {"id": None, "error": "not JSON"},
        {"id": 2, "language": "en"},
    ]


def test_the_command_writes_one_result_a_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot.parse"],
        input="\n".join(line for line, _ in LINES).encode(),
        cwd=ROOT, env=dict(os.environ), capture_output=True, timeout=170, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    rows = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert [row.get("error") for row in rows] == [error for _, error in LINES]
    assert rows[0]["risk"]["level"] == "critical"
    assert rows[0]["risk"]["kind"] == "suicide"
    assert (rows[0]["language"], rows[0]["script"]) == ("ur", "Latn")
