"""Abuse is slowed without addresses, and nobody in danger is."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from datetime import timedelta

import pytest

from amaan.clock import SetClock
from amaan.core import Core
from amaan.crypto import Pseudonymiser
from telephony.web import limits as module
from telephony.web import work as work_module
from telephony.web.limits import (
    FREE,
    HOUSE_BACK,
    HOUSE_NEW,
    MAX_WAIT_SECONDS,
    SEND,
    Buckets,
    Limits,
    Rate,
)
from telephony.web.work import LIFETIME, MAX_SPENT, Work
from tests.conftest import TEST_SECRET
from tests.telephony.web.conftest import Site, hidden

DANGER = "he will kill me tonight"
PSEUDONYMISER = Pseudonymiser(TEST_SECRET.encode())


def page() -> bytes:
    return secrets.token_bytes(32)


def solve(work: dict[str, object]) -> str:
    count = 0
    while True:
        proof = f"{work['challenge']}.{count}"
        value = int.from_bytes(hashlib.sha256(proof.encode()).digest(), "big")
        if value >> (256 - int(str(work["bits"]))) == 0:
            return proof
        count += 1


class Slept:
    """Sleeps at once and remembers for how long."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@pytest.fixture
def slept() -> Slept:
    return Slept()


@pytest.fixture
def limits(clock: SetClock, slept: Slept) -> Limits:
    return Limits(PSEUDONYMISER, clock, slept)


def test_a_bucket_gives_its_burst_then_its_rate(clock: SetClock) -> None:
    buckets = Buckets(clock)
    rate = Rate(3, 0.5)
    assert [buckets.take("send", b"a", rate) for _ in range(4)] == [0, 0, 0, 2]
    assert buckets.take("send", b"b", rate) == 0
    assert buckets.take("back", b"a", rate) == 0
    clock.move(timedelta(seconds=4))
    assert buckets.take("send", b"a", rate) == 0


def test_whoever_stops_is_soon_free_again(clock: SetClock) -> None:
    buckets = Buckets(clock)
    for _ in range(1000):
        buckets.take("send", b"a", SEND)
    clock.move(timedelta(seconds=MAX_WAIT_SECONDS + 4 / SEND.per_second))
    assert buckets.take("send", b"a", SEND) == 0


@pytest.mark.parametrize("jump", [timedelta(days=-400), timedelta(days=400)])
def test_a_clock_jump_neither_locks_out_nor_gives_more_than_a_measure(
    clock: SetClock, jump: timedelta
) -> None:
    buckets = Buckets(clock)
    for _ in range(20):
        buckets.take("send", b"a", SEND)
    clock.move(jump)
    free = sum(buckets.take("send", b"a", SEND) == 0 for _ in range(100))
    assert free <= SEND.burst
    clock.move(timedelta(seconds=60))
    assert buckets.take("send", b"a", SEND) == 0


def test_memory_is_bounded_and_the_longest_unseen_goes_first(clock: SetClock) -> None:
    buckets = Buckets(clock, size=100)
    for _ in range(50):
        buckets.take("send", b"mine", SEND)
    for number in range(99):
        buckets.take("send", str(number).encode(), SEND)
    assert buckets.take("send", b"mine", SEND) > 0
    for number in range(10_000):
        buckets.take("send", str(number).encode(), SEND)
    assert len(buckets) == 100
    assert buckets.take("send", b"mine", SEND) == 0


async def test_sends_over_the_rate_come_late_and_never_later_than_bounded(
    limits: Limits, slept: Slept
) -> None:
    mine = page()
    passed = [await limits.let_through("send", mine, by_script=False) for _ in range(100)]
    assert passed[:10] == [FREE] * 10
    assert all(each.is_slowed for each in passed[10:])
    assert max(slept.seconds) == MAX_WAIT_SECONDS
    assert await limits.let_through("send", page(), by_script=False) == FREE


async def test_danger_is_never_slowed(limits: Limits, slept: Slept) -> None:
    mine = page()
    for _ in range(200):
        await limits.let_through("new", mine, by_script=False)
    waited = len(slept.seconds)
    for by_script in (True, False):
        passed = await limits.let_through("new", mine, text=DANGER, by_script=by_script)
        assert passed == FREE
        assert await limits.let_through("send", mine, text=DANGER, by_script=by_script) == FREE
    assert len(slept.seconds) == waited


async def test_a_busy_house_asks_script_for_work_and_lets_plain_forms_wait(
    limits: Limits, slept: Slept
) -> None:
    for _ in range(int(HOUSE_NEW.burst)):
        assert await limits.let_through("new", page(), by_script=True) == FREE
    mine = page()
    asked = await limits.let_through("new", mine, by_script=True)
    assert asked.work is not None
    proof = solve(asked.work)
    assert await limits.let_through("new", mine, by_script=True, proof=proof) == FREE
    # Once, and for this page only.
    for other in (mine, page()):
        again = await limits.let_through("new", other, by_script=True, proof=proof)
        assert again.work is not None
    assert (await limits.let_through("new", page(), by_script=False)).is_slowed
    assert 0 < slept.seconds[-1] <= MAX_WAIT_SECONDS
    # A chat that has begun goes on.
    assert await limits.let_through("send", page(), by_script=True) == FREE


async def test_come_back_tries_are_few_for_a_page_and_for_the_house(limits: Limits) -> None:
    mine = page()
    passed = [await limits.let_through("back", mine, by_script=False) for _ in range(6)]
    assert passed[:5] == [FREE] * 5
    assert passed[5].is_slowed
    for _ in range(int(HOUSE_BACK.burst)):
        await limits.let_through("back", page(), by_script=True)
    assert (await limits.let_through("back", page(), by_script=True)).work is not None


async def test_held_answers_are_bounded_for_a_page_and_for_the_house(
    clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_WAITING", 20)
    gate = asyncio.Event()
    limits = Limits(PSEUDONYMISER, clock, lambda _seconds: gate.wait())  # type: ignore[arg-type, return-value]
    mine = page()
    sends = [
        asyncio.create_task(limits.let_through("send", mine, by_script=True)) for _ in range(50)
    ]
    await asyncio.sleep(0)
    assert limits.waiting == 3
    for _ in range(int(HOUSE_NEW.burst)):
        await limits.let_through("new", page(), by_script=False)
    news = [
        asyncio.create_task(limits.let_through("new", page(), by_script=False)) for _ in range(50)
    ]
    await asyncio.sleep(0)
    assert limits.waiting == 20
    # Danger goes through even now, and so does another page's chat.
    assert await limits.let_through("new", page(), text=DANGER, by_script=False) == FREE
    assert await limits.let_through("send", page(), by_script=False) == FREE
    gate.set()
    passed = await asyncio.gather(*sends, *news)
    assert limits.waiting == 0
    assert len(limits._waiting) == 0
    assert sum(each.is_slowed for each in passed) == 20
    assert sum(each.is_held for each in passed) == 47 - 10 + 33


@pytest.mark.parametrize(
    "proof", ["", "x", "1.2.3.4", "9" * 200, "1.aaaaaaaaaaaa." + "b" * 22 + ".7"]
)
def test_what_is_no_proof_is_none(clock: SetClock, proof: str) -> None:
    assert not Work(PSEUDONYMISER, clock).is_done(proof, b"x")


def test_proofs_end_and_a_clock_set_back_does_not_lengthen_them(clock: SetClock) -> None:
    work = Work(PSEUDONYMISER, clock)
    late, early = (solve(work.ask(b"x")) for _ in "12")
    clock.move(-timedelta(days=1))
    assert not work.is_done(early, b"x")
    clock.move(timedelta(days=1) + LIFETIME + timedelta(seconds=1))
    assert not work.is_done(late, b"x")


def test_a_proof_counts_in_every_process_with_the_same_secret(clock: SetClock) -> None:
    proof = solve(Work(PSEUDONYMISER, clock).ask(b"x"))
    assert not Work(Pseudonymiser(b"y" * 32), clock).is_done(proof, b"x")
    assert Work(PSEUDONYMISER, clock).is_done(proof, b"x")


def test_spent_proofs_are_forgotten(clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work_module, "BITS", 1)
    monkeypatch.setattr(work_module, "MAX_SPENT", 50)
    assert MAX_SPENT == 10_000
    work = Work(PSEUDONYMISER, clock)
    for _ in range(200):
        assert work.is_done(solve(work.ask(b"x")), b"x")
    assert len(work._spent) == 50
    clock.move(LIFETIME + timedelta(seconds=1))
    assert work.is_done(solve(work.ask(b"x")), b"x")
    assert len(work._spent) == 1


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Limits]:
    """The limits of the app that `site` runs; must be asked for before it."""
    found: list[Limits] = []

    class Kept(Limits):
        def __init__(self, *given: object) -> None:
            super().__init__(*given)  # type: ignore[arg-type]
            found.append(self)

    monkeypatch.setattr("telephony.web.safety.Limits", Kept)
    return found


async def test_over_the_wire_a_flood_is_asked_for_work_and_danger_is_not(
    made: list[Limits], site: Site
) -> None:
    for _ in range(int(HOUSE_NEW.burst)):
        made[0]._take("new", page())
    secret = hidden((await site.client.get("/")).text, "secret")
    asked = (await site.ask(secret=secret, message_key="key-0001", text="hello")).json()
    assert set(asked) == {"work"}
    danger = await site.ask(secret="A" * 43, message_key="key-0001", text=DANGER)
    assert danger.json()["messages"]
    answer = await site.ask(
        secret=secret, message_key="key-0001", text="hello", proof=solve(asked["work"])
    )
    assert [m["who"] for m in answer.json()["messages"]] == ["you"]


async def test_a_plain_form_over_the_rate_is_answered_late_and_told_so(
    made: list[Limits], site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept = Slept()
    monkeypatch.setattr(made[0], "_sleep", slept)
    page_now = await site.client.get("/")
    secret = hidden(page_now.text, "secret")
    for _ in range(int(SEND.burst)):
        made[0]._take("send", PSEUDONYMISER.lookup("address", f"web|{secret}"))
    answer = await site.post(secret=secret, message_key="key-0001", text="سلام")
    assert len(slept.seconds) == 1
    assert answer.text.count('<li class="you"') == 1
    slow = site.bench.core.catalogues.text("web.slow", "ur-Arab", "web")
    assert slow in answer.text


async def test_a_page_that_cannot_wait_keeps_its_words(
    made: list[Limits], site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_WAITING", 0)
    for _ in range(int(HOUSE_NEW.burst)):
        made[0]._take("new", page())
    secret = hidden((await site.client.get("/")).text, "secret")
    held = await site.post(secret=secret, message_key="key-0001", text="سلام")
    assert held.status_code == 429
    assert ">سلام</textarea>" in held.text
    assert hidden(held.text, "message_key") == "key-0001"
    assert hidden(held.text, "secret") == secret


async def test_nothing_of_the_caller_is_kept(made: list[Limits], site: Site, core: Core) -> None:
    """Only keyed hashes and numbers: no address, no agent, no secret."""
    secret = hidden((await site.client.get("/")).text, "secret")
    await site.post(secret=secret, message_key="key-0001", text="سلام")
    known = made[0]._pages._buckets
    assert list(known) == [("send", core.pseudonymiser.lookup("address", f"web|{secret}"))]
    assert all(isinstance(tokens, (int, float)) for tokens, _ in known.values())
