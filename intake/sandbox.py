"""A stand-in for the NCCIA intake, which cannot be reached from a test machine.

No public interface of the agency exists; this is our own contract, first
version: a complaint is taken once for each idempotency key and followed by its
acknowledgement number. It keeps everything in memory and forgets it at the end.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import FastAPI, Header, HTTPException
from pydantic import BaseModel, ConfigDict, Field

# domain-facts 4.1: the public form takes at most 2,000 characters of crime details.
_SUMMARY_CHARACTERS = 2_000


class Complaint(BaseModel):
    """What the public complaint form of the agency requires (domain-facts 4.1)."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    full_name: str = Field(min_length=2, max_length=100)
    cnic: str = Field(pattern=r"^[0-9]{5}-[0-9]{7}-[0-9]$")
    gender: str = Field(min_length=1, max_length=32)
    mobile: str = Field(pattern=r"^\+923[0-9]{9}$")
    city: str = Field(min_length=1, max_length=64)
    category: str = Field(min_length=1, max_length=64)
    summary: str = Field(min_length=1, max_length=_SUMMARY_CHARACTERS)
    declared_true: Literal[True]
    """The complainant's own declaration; without it nothing is taken."""


class Acknowledgement(BaseModel):
    """The agency's answer. An acknowledgement is not an FIR."""

    number: str
    status: Literal["received"]
    received_at: datetime


def sandbox_app() -> FastAPI:
    """The sandbox with `POST /v1/complaints`, `GET /v1/complaints/{number}` and `/healthz`."""
    app = FastAPI(
        title="Intake sandbox",
        version="1",
        redoc_url=None,
        telemetry={"auto_configure": False, "tracing": False, "metrics": False, "logs": False},
    )
    by_key: dict[str, tuple[Complaint, Acknowledgement]] = {}
    by_number: dict[str, Acknowledgement] = {}

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.post("/v1/complaints", status_code=201)
    async def file_complaint(
        complaint: Complaint,
        idempotency_key: Annotated[str, Header(min_length=16, max_length=128)],
    ) -> Acknowledgement:
        """Takes a complaint; the same key with the same complaint gives the same answer."""
        known = by_key.get(idempotency_key)
        if known is not None:
            if known[0] != complaint:
                raise HTTPException(409, "this key was used for another complaint")
            return known[1]
        number = f"SANDBOX-{secrets.token_hex(4).upper()}"
        answer = Acknowledgement(number=number, status="received", received_at=datetime.now(UTC))
        by_key[idempotency_key] = (complaint, answer)
        by_number[number] = answer
        return answer

    @app.get("/v1/complaints/{number}")
    async def status(number: str) -> Acknowledgement:
        """The state of a complaint by its acknowledgement number."""
        if number not in by_number:
            raise HTTPException(404, "unknown number")
        return by_number[number]

    return app
