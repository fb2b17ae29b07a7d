"""How our apps are served: who keeps a connection for the next message is not cut off."""

import http.client
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from fastapi import FastAPI

from amaan.serve import OPTIONS

_STARTED_SECONDS = 20
_LONGER_THAN_CLIENTS_KEEP = 6
"""httpx keeps an idle connection for 5 s, and sends the next message on it up to then."""


@pytest.fixture
def port() -> Iterator[int]:
    """The port of an app served as ours are."""
    app = FastAPI()
    app.get("/")(lambda: {})
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, **OPTIONS))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + _STARTED_SECONDS
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.05)
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join(_STARTED_SECONDS)


def test_an_idle_connection_takes_the_next_message(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    for wait in (0, _LONGER_THAN_CLIENTS_KEEP):
        time.sleep(wait)
        if connection.sock is None:
            connection.connect()
            connection.auto_open = 0  # from here on a closed connection is an error
        connection.request("GET", "/")
        answer = connection.getresponse()
        assert answer.status == 200
        answer.read()
