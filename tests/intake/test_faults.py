"""Every way in which the sandbox goes wrong, as our client understands it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI

from amaan.clock import SetClock
from amaan.errors import AmaanError, UnknownOutcomeError
from amaan.settings import Settings
from intake.answers import wait_of
from intake.api import IntakeApi
from intake.port import UnavailableError
from intake.sandbox.faults import KINDS, Fault, FaultKind
from tests.intake.invented import KEY, NOW, complaint
from tests.intake.served import served

UNKNOWN, UNAVAILABLE = UnknownOutcomeError, UnavailableError
# What a fault is for the client, and whether the sandbox took the complaint.
MEANING: dict[FaultKind, tuple[type[AmaanError] | None, bool]] = {
    "timeout_before": (UNKNOWN, False),
    "timeout_after": (UNKNOWN, True),
    "closed_before": (UNKNOWN, False),
    "closed_after": (UNKNOWN, True),
    "500": (UNKNOWN, False),
    "500_after": (UNKNOWN, True),
    "502": (UNKNOWN, False),
    "503": (UNAVAILABLE, False),
    "504": (UNKNOWN, False),
    "429": (UNAVAILABLE, False),
    "401": (None, True),
    "slow": (None, True),
    "unknown_field": (UNKNOWN, True),
    "other_enum": (UNKNOWN, True),
    "garbled": (UNKNOWN, True),
}


@pytest.fixture
async def over_network(
    sandbox: FastAPI, sandbox_home: Settings, set_clock: SetClock
) -> AsyncIterator[IntakeApi]:
    """Our client of the sandbox, over a connection that can break."""
    async with served(sandbox) as host:
        settings = sandbox_home.model_copy(update={"intake_url": f"http://{host}"})
        api = IntakeApi(settings, set_clock)
        yield api
        await api.close()


def order(sandbox: FastAPI, kind: FaultKind, **changes: Any) -> None:
    """The next request goes wrong."""
    sandbox.state.sandbox.faults.order(Fault(kind=kind, **changes))


def taken(sandbox: FastAPI) -> bool:
    """Whether the complaint is in the sandbox's book."""
    return [one.key for one in sandbox.state.sandbox.book.all()] == [KEY]


def test_every_fault_has_a_meaning() -> None:
    assert set(MEANING) == set(KINDS)


@pytest.mark.parametrize("kind", [kind for kind in MEANING if "timeout" not in kind])
async def test_a_fault_is_understood_and_its_complaint_reconciled(
    over_network: IntakeApi, sandbox: FastAPI, kind: FaultKind
) -> None:
    error, is_taken = MEANING[kind]
    order(sandbox, kind, seconds=0.0)
    if error is None:
        await over_network.file(complaint(), KEY)
    else:
        with pytest.raises(AmaanError) as raised:
            await over_network.file(complaint(), KEY)
        assert type(raised.value) is error
        # The library's error would hold the request, and so the complaint.
        assert raised.value.__cause__ is None
        assert raised.value.__suppress_context__ or raised.value.__context__ is None
    assert taken(sandbox) is is_taken
    found = await over_network.find(KEY)
    assert (found is not None) is is_taken
    receipt = await over_network.file(complaint(), KEY)
    assert receipt.number == (found.number if found else receipt.number)
    assert taken(sandbox)


@pytest.mark.parametrize("kind", ["timeout_before", "timeout_after"])
async def test_silence_is_unknown(
    sandbox: FastAPI, sandbox_home: Settings, set_clock: SetClock, kind: FaultKind
) -> None:
    order(sandbox, kind, seconds=60)
    async with served(sandbox) as host:
        update = {"intake_url": f"http://{host}", "intake_timeout": timedelta(seconds=3)}
        api = IntakeApi(sandbox_home.model_copy(update=update), set_clock)
        with pytest.raises(UnknownOutcomeError):
            await api.file(complaint(), KEY)
        assert taken(sandbox) is MEANING[kind][1]
        await api.close()


async def test_nobody_at_the_address_is_unavailable(
    sandbox_home: Settings, set_clock: SetClock
) -> None:
    # Port 1 is nobody's; the reserved name never resolves (RFC 6761).
    for url in ("http://127.0.0.1:1", "https://intake.invalid"):
        api = IntakeApi(sandbox_home.model_copy(update={"intake_url": url}), set_clock)
        for call in (api.file(complaint(), KEY), api.find(KEY), api.state("SANDBOX-1")):
            with pytest.raises(UnavailableError) as error:
                await call
            assert error.value.code in {"intake_unreachable", "intake_key_missing"}
        await api.close()


async def test_a_wrong_token_twice_is_unavailable(api: IntakeApi, sandbox: FastAPI) -> None:
    order(sandbox, "401", times=2)
    with pytest.raises(UnavailableError) as error:
        await api.file(complaint(), KEY)
    assert error.value.code == "intake_token_wrong"
    assert not taken(sandbox)
    await api.file(complaint(), KEY)


async def test_a_token_that_ended_is_renewed(
    api: IntakeApi, sandbox: FastAPI, set_clock: SetClock
) -> None:
    await api.file(complaint(), KEY)
    issued = len(sandbox.state.sandbox.tokens._live)
    await api.find(KEY)
    assert len(sandbox.state.sandbox.tokens._live) == issued
    set_clock.move(timedelta(minutes=4, seconds=45))
    await api.find(KEY)
    assert len(sandbox.state.sandbox.tokens._live) == issued + 1
    sandbox.state.sandbox.tokens.revoke_all()
    assert await api.find(KEY) is not None


@pytest.mark.parametrize("kind", ["500", "503", "429", "401", "closed_before", "timeout_before"])
async def test_without_a_token_nothing_was_sent(
    over_network: IntakeApi, sandbox: FastAPI, kind: FaultKind
) -> None:
    order(sandbox, kind, on="token", seconds=0, retry_after=7)
    with pytest.raises(UnavailableError) as error:
        await over_network.file(complaint(), KEY)
    assert error.value.wait in {timedelta(seconds=7), None}
    assert not taken(sandbox)


@pytest.mark.parametrize("kind", ["503", "429"])
async def test_the_intake_says_how_long_to_wait(
    api: IntakeApi, sandbox: FastAPI, kind: FaultKind
) -> None:
    order(sandbox, kind, retry_after=90)
    with pytest.raises(UnavailableError) as error:
        await api.file(complaint(), KEY)
    assert error.value.wait == timedelta(seconds=90)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        (None, None),
        ("", None),
        ("0", 0),
        ("120", 120),
        ("9" * 5000, 86_400),
        ("-5", None),
        ("soon", None),
        ("Sat, 21 Nov 2026 20:01:00 GMT", 60),
        ("Sat, 21 Nov 2026 19:00:00 GMT", 0),
        ("Sat, 21 Nov 2026 20:01:00 -0000", 60),
        ("٣", None),
    ],
)
def test_how_long_to_wait_is_read(said: str | None, seconds: int | None) -> None:
    expected = None if seconds is None else timedelta(seconds=seconds)
    assert wait_of(said, NOW) == expected


@pytest.mark.parametrize("kind", ["500", "closed_after", "garbled", "other_enum", "unknown_field"])
async def test_a_look_up_that_fails_never_says_that_there_is_nothing(
    over_network: IntakeApi, sandbox: FastAPI, kind: FaultKind
) -> None:
    number = (await over_network.file(complaint(), KEY)).number
    order(sandbox, kind, on="find")
    with pytest.raises(UnknownOutcomeError):
        await over_network.find(KEY)
    order(sandbox, kind, on="state")
    with pytest.raises(UnknownOutcomeError):
        await over_network.state(number)
