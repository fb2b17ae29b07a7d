"""The door over real HTTP: closed without the word, one error shape, nothing echoed or logged."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.bot.conftest import ROOT, Vault
from tests.bot.stand_in import ActionServer
from tests.bot.talking import body

MARKER = "ZQXLOGMARKER"


class Door:
    """The running server and its log."""

    def __init__(self, port: int, log: Path) -> None:
        self.base = f"http://127.0.0.1:{port}/webhooks/amaan"
        self.log = log

    def call(self, route: str, content: Any = None, word: str | None = "test-secret") -> Any:
        """Return (status, JSON) of a call; content None is a GET, bytes are sent as they are."""
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        headers = {"Authorization": f"Bearer {word}"} if word else {}
        request = urllib.request.Request(
            f"{self.base}/{route}", None if content is None else data, headers
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            text = error.read()
            return error.code, json.loads(text) if text.startswith(b"{") else text


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="module")
def door(
    vault: Vault, actions: ActionServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Door]:
    """`python -m bot.serve`, as in production."""
    port = _free_port()
    log = tmp_path_factory.mktemp("serve") / "log"
    environment = {
        **os.environ,
        "AMAAN_RASA_PORT": str(port),
        "AMAAN_ACTIONS_URL": actions.url,
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot.serve"],
            cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
        found = Door(port, log)
        try:
            _wait(process, found)
            yield found
        finally:
            process.terminate()
            process.wait(30)


def _wait(process: subprocess.Popen[bytes], door: Door) -> None:
    deadline = time.monotonic() + 150
    while time.monotonic() < deadline:
        assert process.poll() is None, door.log.read_text()[-2000:]
        try:
            if door.call("health", word=None)[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.5)
    pytest.fail("the server did not start")


def test_health_needs_no_word(door: Door) -> None:
    assert door.call("health", word=None) == (200, {"status": "ok"})


@pytest.mark.parametrize("route", ["parse", "message", "erase"])
@pytest.mark.parametrize("word", [None, "", "wrong", "test-secre"])
def test_other_routes_are_closed_without_the_word(door: Door, route: str, word: Any) -> None:
    assert door.call(route, {"text": "x"}, word) == (401, {"error": "not_allowed"})


def test_rasas_own_api_is_not_there(door: Door) -> None:
    for path in ("/model/parse", "/conversations/x/tracker", "/webhooks/rest/webhook", "/status"):
        request = urllib.request.Request(door.base.split("/webhooks")[0] + path, b"{}")
        with pytest.raises(urllib.error.HTTPError) as error:
            urllib.request.urlopen(request, timeout=10)
        assert error.value.code in {404, 405}


def test_parse_has_the_shape_of_the_contract(door: Door) -> None:
    status, found = door.call(
        "parse", {"text": "meri tasveerein viral karne ki dhamki de raha hai"}
    )
    assert status == 200
    assert set(found) == {
        "language", "script", "language_confidence", "intent", "confidence", "risk", "entities",
        "matter", "denies",
    }  # fmt: skip
    assert set(found["risk"]) == {"level", "kind", "score", "who", "why"}
    assert found["script"] == "Latn"


@pytest.mark.parametrize("text", ["", "   ", "\u200b\u202e", "/restart", "/" * 50, "😀", "\x00"])
def test_strange_texts_are_parsed(door: Door, text: str) -> None:
    status, found = door.call("parse", {"text": text})
    assert status == 200
    assert found["risk"]["level"] == "none"


def test_message_answers_and_erase_deletes(door: Door, vault: Vault) -> None:
    sender = vault.open_conversation()
    request = body(sender, "hello", "greet", variant="sd-Arab", channel="sms")
    status, found = door.call("message", request)
    assert status == 200
    assert [reply["key"] for reply in found["replies"]] == ["greet"]
    assert door.call("message", request) == (200, found)
    assert door.call("erase", {"sender": sender}) == (200, {"erased": True})
    assert vault.sealed(sender) is None


@pytest.mark.parametrize(
    ("route", "content", "answer"),
    [
        ("parse", b"no json", (400, {"error": "malformed"})),
        ("parse", {"text": 3}, (400, {"error": "malformed"})),
        ("parse", [], (400, {"error": "malformed"})),
        ("parse", b'{"text": "' + b"x" * 70_000 + b'"}', (413, {"error": "too_large"})),
        ("message", {"sender": "not-an-id", "text": MARKER}, (400, {"error": "malformed"})),
        ("erase", {"sender": MARKER}, (400, {"error": "malformed"})),
    ],
)
def test_bad_requests_get_a_code_and_no_echo(
    door: Door, route: str, content: Any, answer: Any
) -> None:
    assert door.call(route, content) == answer


def test_nothing_she_wrote_is_logged(door: Door, vault: Vault, actions: ActionServer) -> None:
    sender = vault.open_conversation()
    danger = {"level": "critical", "kind": "harm", "score": 1.0, "who": "self", "why": [MARKER]}
    texts = [f"hello {MARKER}", f"/{MARKER}", f'/{MARKER}{{"a": 1}}', f"{MARKER} " * 300]
    for text in texts:
        door.call("parse", {"text": text})
        door.call("message", body(sender, text, "greet"))
        door.call("message", body(sender, text, "greet", effective=danger))
        door.call("message", body(sender, text, "ask_law", confidence=0.01))
        door.call("message", body(sender, text, "ask_safety_plan"))
        door.call("message", {"sender": MARKER, "text": text})
    actions.is_down = True
    try:
        door.call("message", body(sender, MARKER, "request_human", value=MARKER))
        door.call("message", body(sender, MARKER, "inform", effective=danger))
    finally:
        actions.is_down = False
    log = door.log.read_text()
    assert MARKER not in log
    assert sender not in log


def test_without_its_secret_the_server_does_not_start(vault: Vault) -> None:
    environment = {k: v for k, v in os.environ.items() if k != "AMAAN_RASA_SECRET"}
    done = subprocess.run(
        [sys.executable, "-m", "bot.serve"],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "set AMAAN_RASA_SECRET" in done.stderr
