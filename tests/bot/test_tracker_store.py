"""The sealed store on a real PostgreSQL: nothing readable, gone with its key, never in memory."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import psycopg2
import pytest
from rasa.core.tracker_store import FailSafeTrackerStore, InMemoryTrackerStore

from bot.errors import ConfigurationError, StoreError
from bot.loading import unwrap_store
from bot.tracker_store import SealedTrackerStore
from tests.bot.conftest import Vault
from tests.bot.talking import keys, on_loop, say

MARKER = "ZQXMARKER"


@on_loop
async def test_nothing_readable_reaches_the_table(agent: Any, vault: Vault) -> None:
    sender = vault.open_conversation()
    await say(agent, sender, f"my text {MARKER}", "greet", message_id="m-1")
    sealed = vault.sealed(sender)
    assert sealed is not None
    for word in (MARKER, "greet", "action_listen", sender):
        assert word.encode() not in sealed


@on_loop
async def test_what_she_wrote_is_not_kept_even_sealed(agent: Any, vault: Vault) -> None:
    sender = vault.open_conversation()
    risk = {"level": "critical", "kind": "harm", "score": 1, "who": "self", "why": [MARKER]}
    await say(agent, sender, MARKER, "greet", effective=risk)
    tracker = await agent.tracker_store.retrieve(sender)
    assert MARKER not in repr([event.as_dict() for event in tracker.events])


@on_loop
async def test_a_conversation_without_its_key_is_over(agent: Any, vault: Vault) -> None:
    sender = vault.open_conversation()
    await say(agent, sender, "x", "greet")
    before = vault.sealed(sender)
    vault.destroy_key(sender)
    assert await agent.tracker_store.retrieve(sender) is None
    assert keys(await say(agent, sender, "x", "thanks")) == ["thanks"]
    assert vault.sealed(sender) == before
    assert not isinstance(agent.tracker_store, FailSafeTrackerStore)


@on_loop
async def test_an_unknown_conversation_is_never_stored(agent: Any, vault: Vault) -> None:
    sender = str(uuid4())
    await say(agent, sender, "x", "greet")
    assert vault.sealed(sender) is None


@on_loop
async def test_erase_deletes_and_may_be_repeated(agent: Any, vault: Vault) -> None:
    from bot.conversation import erase

    sender = vault.open_conversation()
    await say(agent, sender, "x", "greet")
    await erase(agent, sender)
    await erase(agent, sender)
    assert vault.sealed(sender) is None


@on_loop
async def test_it_connects_again_after_the_database_restarted(agent: Any, vault: Vault) -> None:
    sender = vault.open_conversation()
    await say(agent, sender, "x", "greet")
    # What a restart does to a client: every connection but this one is cut.
    vault.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE pid <> pg_backend_pid() AND datname = current_database() AND usename = current_user"
    )
    assert keys(await say(agent, sender, "x", "thanks")) == ["thanks"]
    assert await agent.tracker_store.retrieve(sender) is not None


@on_loop
async def test_a_dead_database_is_an_error_and_not_memory(
    agent: Any, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = agent.tracker_store
    store.close()
    url = store._url
    monkeypatch.setattr(store, "_url", "postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(StoreError):
        await say(agent, vault.open_conversation(), "x", "greet")
    monkeypatch.setattr(store, "_url", url)
    sender = vault.open_conversation()
    assert keys(await say(agent, sender, "x", "greet")) == ["greet"]


def test_a_store_in_memory_is_refused() -> None:
    class Loaded:
        processor = object()
        tracker_store = FailSafeTrackerStore(InMemoryTrackerStore(None))  # type: ignore[arg-type]

    with pytest.raises(ConfigurationError):
        unwrap_store(Loaded())  # type: ignore[arg-type]  # only what is looked at


def test_the_class_takes_its_address_from_the_environment(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AMAAN_DATABASE_URL")
    with pytest.raises(ConfigurationError, match="AMAAN_DATABASE_URL"):
        SealedTrackerStore()


def test_a_row_moved_to_another_conversation_does_not_open(agent: Any, vault: Vault) -> None:
    from amaan.crypto.envelope import UnsealError
    from tests.bot.talking import LOOP

    first, second = vault.open_conversation(), vault.open_conversation()
    for sender in (first, second):
        LOOP.run_until_complete(say(agent, sender, "x", "greet"))
    vault.run(
        "UPDATE dialogue_tracker SET sealed = %s WHERE conversation_id = %s",
        (psycopg2.Binary(vault.sealed(first)), second),
    )
    with pytest.raises(UnsealError):
        LOOP.run_until_complete(agent.tracker_store.retrieve(second))
