"""What every action needs: the conversation it is about, in one transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from rasa_sdk import Action, Tracker

from amaan.conversation.store import lock_conversation
from amaan.core import Core
from amaan.errors import ErasedError
from amaan.ports import JSON, EscalationDesk
from amaan.storage import Transaction
from amaan.storage.models import Conversation


class AmaanAction(Action):
    """Base of our actions. `core` and `desk` are shared by all."""

    action_name = ""

    def __init__(self, core: Core, desk: EscalationDesk) -> None:
        self.core = core
        self.desk = desk

    def name(self) -> str:
        """The name under which the domain knows this action."""
        return self.action_name

    @asynccontextmanager
    async def conversation(
        self, tracker: Tracker
    ) -> AsyncIterator[tuple[Transaction, Conversation]]:
        """The locked conversation of `tracker`. Raises `ErasedError` when it is gone."""
        async with self.core.database.transaction() as tx:
            found = await lock_conversation(tx, UUID(tracker.sender_id))
            if found is None:
                raise ErasedError
            yield tx, found


def metadata_of(tracker: Tracker) -> JSON:
    """What the conversation service gave Rasa along with the latest message."""
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            metadata = event.get("metadata")
            return metadata if isinstance(metadata, dict) else {}
    return {}


def choice_of(tracker: Tracker) -> str | None:
    """What the menu option that she chose carries; None when she wrote words."""
    for found in tracker.latest_message.get("entities") or ():
        if found.get("entity") == "choice":
            return str(found.get("value"))
    return None
