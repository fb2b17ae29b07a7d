"""The sandbox takes a whole, signed complaint once, and forgets nothing that it answered."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from amaan.access import checks_by_route
from amaan.clock import SetClock
from amaan.settings import INTAKE, Settings
from intake.api import IntakeApi
from intake.contract.keys import OURS, SigningKeys
from intake.contract.models import Problem
from intake.contract.signing import MAX_BODY_BYTES
from intake.sandbox import sandbox_app
from tests.conftest import TEST_SECRET
from tests.intake.conftest import Hand, sandbox_settings
from tests.intake.invented import KEY, complaint, wire

WHOLE: dict[str, Any] = json.loads(wire().model_dump_json())


def body_with(path: str, value: object) -> bytes:
    """A whole complaint with one field changed; ``path`` as ``complainant.cnic``."""
    changed: dict[str, Any] = json.loads(json.dumps(WHOLE))
    *way, last = path.split(".")
    place = changed
    for step in way:
        place = place[step]
    place[last] = value
    return json.dumps(changed).encode()


def problem(answer: httpx.Response) -> Problem:
    """The contract's error in an answer."""
    assert answer.headers["content-type"] == "application/problem+json"
    found = Problem.model_validate_json(answer.content)
    assert found.status == answer.status_code
    return found


def test_every_route_names_what_opens_it(sandbox: FastAPI) -> None:
    described = {"GET /openapi.json", "HEAD /openapi.json"}
    found = {k: v for k, v in checks_by_route(sandbox.routes).items() if k not in described}
    assert found == {
        "GET /healthz": ["open_to_all"],
        "POST /oauth/token": ["client_credentials"],
        "POST /v1/complaints": ["access_token", "body_signature"],
        "GET /v1/complaints/by-key/{key}": ["access_token"],
        "GET /v1/complaints/{number}": ["access_token"],
        "POST /sandbox/faults": ["sandbox_secret"],
        "DELETE /sandbox/faults": ["sandbox_secret"],
        "GET /sandbox/complaints": ["sandbox_secret"],
        "POST /sandbox/complaints/{number}/state": ["sandbox_secret"],
    }


async def test_the_same_key_gets_the_same_answer(hand: Hand) -> None:
    first, again = await hand.file(), await hand.file()
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    other = await hand.file(body_with("complainant.city", "Quetta"))
    assert other.status_code == 409
    assert problem(other).code == "key_reused"


async def test_requests_with_one_key_at_the_same_time_are_one(hand: Hand, sandbox: FastAPI) -> None:
    answers = await asyncio.gather(*(hand.file() for _ in range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["number"] for answer in answers}) == 1
    (filed,) = sandbox.state.sandbox.book.all()
    assert filed.requests == 8


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("declaration.declared_true", False, "declaration.declared_true"),
        ("consent.share_nccia", False, "consent.share_nccia"),
        ("complainant.cnic", "123", "complainant.cnic"),
        ("complainant.cnic", None, "complainant"),
        ("complainant.mobile", "03000000001", "complainant.mobile"),
        ("incident.summary", "", "incident.summary"),
        ("incident.summary", "x" * 2001, "incident.summary"),
        ("incident.content_urls", ["ftp://x"], "incident.content_urls.0"),
        ("incident.category", "راز", "incident.category"),
        ("راز", "x", "body"),
        ("complainant.راز", "x", "complainant"),
        ("evidence", [{"file": "راز"}], "evidence.0"),
    ],
)
async def test_an_unfit_complaint_is_refused_by_the_names_of_its_fields(
    hand: Hand, sandbox: FastAPI, path: str, value: object, field: str
) -> None:
    answer = await hand.file(body_with(path, value))
    assert answer.status_code == 422
    assert field in problem(answer).fields
    assert "راز" not in answer.text
    assert sandbox.state.sandbox.book.all() == []


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (None, {"Authorization": "Bearer wrong"}, 401, "token_wrong"),
        (None, {"Authorization": ""}, 401, "token_wrong"),
        (None, {"X_Body_Signature": ""}, 403, "signature_missing"),
        (None, {"X_Body_Signature": "a..b"}, 403, "signature_wrong"),
        (None, {"Idempotency_Key": ""}, 400, "key_missing"),
        (None, {"Idempotency_Key": "with space in"}, 400, "key_missing"),
        (None, {"Content_Type": "text/plain"}, 400, "not_json"),
        (b"{", {}, 422, "invalid"),
        (b"[" * 100_000, {}, 422, "invalid"),
        (b"", {}, 422, "invalid"),
        (b"x" * (MAX_BODY_BYTES + 1), {}, 413, "too_large"),
    ],
)
async def test_a_wrong_request_is_a_problem_of_the_contract(
    hand: Hand, body: bytes | None, headers: dict[str, str], status: int, code: str
) -> None:
    answer = await hand.file(body, **headers)
    assert answer.status_code == status
    assert problem(answer).code == code


async def test_a_token_is_for_our_client_and_for_minutes(
    raw: httpx.AsyncClient, hand: Hand, set_clock: SetClock
) -> None:
    grant = {"grant_type": "client_credentials"}
    for auth in (("amaan", "wrong"), ("other", TEST_SECRET), None):
        refused = await raw.post("/oauth/token", data=grant, auth=auth)
        assert (refused.status_code, refused.json()) == (401, {"error": "invalid_client"})
    other = await raw.post("/oauth/token", data={"grant_type": "x"}, auth=("amaan", TEST_SECRET))
    assert (other.status_code, other.json()["error"]) == (400, "unsupported_grant_type")
    token = await hand.token()
    set_clock.move(timedelta(minutes=6))
    late = await raw.get("/v1/complaints/SANDBOX-NEVER", headers=token)
    assert late.status_code == 401
    assert (await raw.get("/healthz")).status_code == 200


async def test_unknown_things_are_problems(raw: httpx.AsyncClient, hand: Hand) -> None:
    token = await hand.token()
    for path, code in (
        ("/v1/complaints/SANDBOX-NEVER", "unknown_number"),
        (f"/v1/complaints/by-key/{KEY}", "unknown_key"),
        ("/nothing", "not_found"),
        ("/sandbox", "not_found"),
    ):
        answer = await raw.get(path, headers=token)
        assert answer.status_code == 404
        assert problem(answer).code == code
    wrong = await raw.delete("/v1/complaints/SANDBOX-NEVER", headers=token)
    assert problem(wrong).code == "method_not_allowed"
    assert problem(await raw.get("/v1/complaints/x y", headers=token)).status == 422


async def test_its_own_routes_need_its_secret_and_this_machine(
    sandbox: FastAPI, raw: httpx.AsyncClient, own_headers: dict[str, str]
) -> None:
    assert (await raw.get("/sandbox/complaints")).status_code == 403
    wrong = {name: "wrong" for name in own_headers}
    assert (await raw.get("/sandbox/complaints", headers=wrong)).status_code == 403
    away = httpx.ASGITransport(sandbox, client=("192.0.2.1", 5))
    async with httpx.AsyncClient(transport=away, base_url="http://sandbox") as far:
        assert (await far.get("/sandbox/complaints", headers=own_headers)).status_code == 403
    assert (await raw.get("/sandbox/complaints", headers=own_headers)).json() == []
    unfit = await raw.post("/sandbox/faults", json={"kind": "fire"}, headers=own_headers)
    assert unfit.status_code == 422


async def test_without_a_secret_nobody_passes(tmp_path: Path, set_clock: SetClock) -> None:
    bare = Settings(home=tmp_path)
    app = sandbox_app(bare, set_clock)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://sandbox"
    ) as client:
        own = await client.get("/sandbox/complaints", headers={"X-Sandbox-Secret": ""})
        token = await client.post("/oauth/token", auth=("amaan", ""))
    assert (own.status_code, token.status_code) == (403, 401)


async def test_the_book_has_no_word_of_a_complaint(hand: Hand, sandbox_home: Settings) -> None:
    await hand.file()
    kept = b"".join(
        file.read_bytes() for file in sandbox_home.home.iterdir() if "sqlite" in file.name
    )
    for word in (b"Invented Person", b"00000-0000001-1", b"dhamki", b"923000000001"):
        assert word not in kept


def free_port() -> int:
    """A port that nobody uses just now, with room for the sandbox's above it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def started(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """A sandbox as a process of its own."""
    environment = {
        **os.environ,
        "AMAAN_HOME": str(folder),
        "AMAAN_PORT_BASE": str(port - INTAKE),
    }
    code = (
        "import uvicorn; from amaan.settings import INTAKE;"
        "from intake.sandbox import sandbox_app;"
        "from tests.intake.conftest import sandbox_settings; import os, pathlib;"
        "s = sandbox_settings(pathlib.Path(os.environ['AMAAN_HOME']),"
        " port_base=int(os.environ['AMAAN_PORT_BASE']));"
        "uvicorn.run(sandbox_app(s), port=s.port(INTAKE), log_level='error')"
    )
    return subprocess.Popen([sys.executable, "-c", code], env=environment)


@pytest.fixture
def processes() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes that are ended after the test."""
    running: list[subprocess.Popen[bytes]] = []
    yield running
    for process in running:
        process.kill()
        process.wait()


async def answering(port: int) -> None:
    """Returns when a sandbox answers at `port`."""
    async with httpx.AsyncClient(trust_env=False) as client, asyncio.timeout(60):
        while True:
            try:
                if (await client.get(f"http://127.0.0.1:{port}/healthz")).is_success:
                    return
            except httpx.HTTPError:
                await asyncio.sleep(0.05)


async def test_what_was_acknowledged_survives_kill_9(
    tmp_path: Path, processes: list[subprocess.Popen[bytes]]
) -> None:
    from amaan.clock import SystemClock

    port = free_port()
    processes.append(started(tmp_path, port))
    await answering(port)
    settings = sandbox_settings(tmp_path, port_base=port - INTAKE)
    api = IntakeApi(settings, SystemClock())
    keys = [f"invented-key-{n:04}" for n in range(5)]
    numbers = [(await api.file(complaint(), key)).number for key in keys]
    processes[0].send_signal(signal.SIGKILL)
    processes[0].wait()
    processes.append(started(tmp_path, port))
    await answering(port)
    # Its tokens died with it; the client asks for a new one by itself.
    found = [await api.find(key) for key in keys]
    assert [one.number for one in found if one] == numbers
    assert (await api.file(complaint(), keys[0])).number == numbers[0]
    await api.close()


def test_both_sides_keys_are_there_from_the_start(sandbox: FastAPI, tmp_path: Path) -> None:
    assert SigningKeys(tmp_path / "secrets", OURS).public_file.exists()
