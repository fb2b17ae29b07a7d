"""Runs one process: a web app under uvicorn, or a worker."""

from __future__ import annotations

import asyncio
from typing import Any

import uvicorn
from fastapi import FastAPI

from amaan import composition
from amaan.settings import (
    GATEWAY_STAND_IN,
    INTAKE,
    INTERNAL,
    PUBLIC,
    STAFF,
    TWILIO_STAND_IN,
    Settings,
)

OPTIONS: dict[str, Any] = {
    # Access lines would hold addresses of people; headers would name our software.
    "access_log": False,
    "log_config": None,
    # A warning for each request that is no HTTP would let strangers fill the disk.
    "log_level": "error",
    "server_header": False,
    "date_header": True,
    # Never believe X-Forwarded-*: signatures use the configured origin instead.
    "proxy_headers": False,
    # Nothing of ours is a web socket, and their answers would lack our headers.
    "ws": "none",
    # Open event streams are cut after this time (platform-notes 5: it ended in 2.2 s).
    "timeout_graceful_shutdown": 2,
    # Whoever keeps a connection for the next message (a proxy 60 s, Twilio, our own processes)
    # must let go of it first: one that we close while a message is on its way is a message
    # refused. uvicorn's own 5 s lost three of 4,500 in that way.
    "timeout_keep_alive": 75,
    "h11_max_incomplete_event_size": 16 * 1024,
}
"""How every app of ours is served by uvicorn."""


def serve(process: str, settings: Settings) -> None:
    """Runs `process` until it is told to stop."""
    if process == "worker":
        asyncio.run(composition.work(settings))
        return
    apps = {
        "public": (composition.public, PUBLIC, settings.host),
        "staff": (composition.staff, STAFF, settings.host),
        "internal": (composition.internal, INTERNAL, "127.0.0.1"),
        "intake": (composition.intake, INTAKE, "127.0.0.1"),
        "twilio-stand-in": (composition.twilio_stand_in, TWILIO_STAND_IN, "127.0.0.1"),
        "gateway-stand-in": (composition.gateway_stand_in, GATEWAY_STAND_IN, "127.0.0.1"),
    }
    make, port, host = apps[process]
    _run(make(settings), host, settings.port(port))


def _run(app: FastAPI, host: str, port: int) -> None:
    uvicorn.run(app, host=host, port=port, **OPTIONS)
