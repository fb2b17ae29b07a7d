"""The sandbox takes a complaint once, and only a whole one."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from intake.sandbox import sandbox_app

COMPLAINT: dict[str, Any] = {
    "full_name": "Invented Person",
    "cnic": "00000-0000001-0",
    "gender": "woman",
    "mobile": "+923000000001",
    "city": "Sukkur",
    "category": "blackmail",
    "summary": "Somebody threatens to publish pictures.",
    "declared_true": True,
}
KEY = {"Idempotency-Key": "invented-key-0001"}


@pytest.fixture
def client() -> httpx.AsyncClient:
    """A client of a fresh sandbox."""
    transport = httpx.ASGITransport(sandbox_app())
    return httpx.AsyncClient(transport=transport, base_url="http://sandbox")


async def test_the_same_key_is_taken_once(client: httpx.AsyncClient) -> None:
    first = await client.post("/v1/complaints", json=COMPLAINT, headers=KEY)
    again = await client.post("/v1/complaints", json=COMPLAINT, headers=KEY)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    found = await client.get(f"/v1/complaints/{first.json()['number']}")
    assert found.json() == first.json()


async def test_a_key_is_not_good_for_another_complaint(client: httpx.AsyncClient) -> None:
    await client.post("/v1/complaints", json=COMPLAINT, headers=KEY)
    other = {**COMPLAINT, "city": "Quetta"}
    assert (await client.post("/v1/complaints", json=other, headers=KEY)).status_code == 409


@pytest.mark.parametrize(
    "change",
    [{"declared_true": False}, {"cnic": "123"}, {"summary": ""}, {"picture": "x"}, {"mobile": "1"}],
)
async def test_an_unfit_complaint_is_refused(
    client: httpx.AsyncClient, change: dict[str, Any]
) -> None:
    answer = await client.post("/v1/complaints", json={**COMPLAINT, **change}, headers=KEY)
    assert answer.status_code == 422
    assert (await client.get("/v1/complaints/none")).status_code == 404
