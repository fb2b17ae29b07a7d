"""One reading for all who ask at once, and never one that began before the question."""

from __future__ import annotations

import asyncio

import pytest

from amaan.together import Together


class Book:
    """Something that changes; counts how often it is read."""

    def __init__(self) -> None:
        self.value = 0
        self.reads = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def read(self) -> int:
        self.reads += 1
        found = self.value
        await self.gate.wait()
        if found < 0:
            raise ValueError
        return found


async def test_forty_who_ask_at_once_cost_one_reading() -> None:
    book = Book()
    together = Together(book.read)
    assert await asyncio.gather(*(together.get() for _ in range(40))) == [0] * 40
    assert book.reads == 1


async def test_nobody_is_given_what_was_read_before_she_asked() -> None:
    book = Book()
    together = Together(book.read)
    book.gate.clear()
    early = asyncio.create_task(together.get())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert book.reads == 1
    book.value = 1
    late = [asyncio.create_task(together.get()) for _ in range(3)]
    await asyncio.sleep(0)
    book.gate.set()
    assert await early == 0
    assert await asyncio.gather(*late) == [1, 1, 1]
    assert book.reads == 2


async def test_who_gives_up_takes_nothing_from_the_others() -> None:
    book = Book()
    together = Together(book.read)
    book.gate.clear()
    first, second = (asyncio.create_task(together.get()) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    book.gate.set()
    assert await second == 0


async def test_an_error_is_everybodys_and_the_next_reading_is_fresh() -> None:
    book = Book()
    book.value = -1
    together = Together(book.read)
    for outcome in await asyncio.gather(together.get(), together.get(), return_exceptions=True):
        assert isinstance(outcome, ValueError)
    book.value = 5
    task = asyncio.create_task(together.get())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await together.get() == 5
