"""A client that sends any bytes and reads what comes back."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import h11

# Far longer than the slowest answer: the page's limits hold one back for 5 s, and without a
# script 2.5 s more are waited for the assistant.
ANSWER_SECONDS = 30.0


@dataclass(frozen=True)
class Answer:
    """What the server answered."""

    status: int
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes


class Line:
    """One connection after another to one server."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, wire: bytes, *, is_head: bool = False, stays: bool = True) -> Answer | None:
        """Sends `wire`. None when the server hung up, or said nothing in time.

        Without `stays` the sending side is closed after it, and no further request follows.
        """
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                reader, writer = await self._open()
                writer.write(wire)
                if not stays:
                    writer.write_eof()
                answer, is_open = await _read(reader, is_head=is_head)
        except (OSError, TimeoutError, h11.RemoteProtocolError):
            answer, is_open = None, False
        if not (is_open and stays):
            self.close()
        return answer

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._reader is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self._reader, self._writer

    def close(self) -> None:
        """Hangs up."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None


async def _read(reader: asyncio.StreamReader, *, is_head: bool) -> tuple[Answer | None, bool]:
    """The answer, and whether the connection may be used again."""
    state = h11.Connection(h11.CLIENT)
    # What h11 needs to know of the question; the bytes it makes of it are not sent.
    state.send(
        h11.Request(method="HEAD" if is_head else "GET", target="/", headers=[("host", "x")])
    )
    state.send(h11.EndOfMessage())
    head: h11.Response | None = None
    body = bytearray()
    while True:
        event = state.next_event()
        if event is h11.NEED_DATA:
            state.receive_data(await reader.read(64 * 1024))
        elif isinstance(event, h11.Response):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
        elif not isinstance(event, h11.InformationalResponse):
            break
    if head is None:
        return None, False
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers}
    return Answer(head.status_code, headers, bytes(body)), state.their_state is h11.DONE
