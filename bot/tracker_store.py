"""Dialogue state on disk, sealed under the conversation's own key.

PostgreSQL keeps deleted rows in its files and its log, so nothing readable is ever
given to it; throwing the key away erases (rasa-notes 5). Tables (amaan's migrations):
data_key(conversation_id, epoch, wrapped), dialogue_tracker(conversation_id, sealed,
updated_at). What the person wrote is not kept even sealed: the dialogue goes on without
it (tried in rasa-notes 5), and the application holds the conversation.
"""

import asyncio
import json
import threading
import zlib
from collections.abc import Callable, Iterable
from typing import Any, List, Optional, Text, TypeVar
from uuid import UUID

import psycopg2
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity

from amaan.crypto import KeyRing, seal, unseal
from amaan.crypto.envelope import UnsealError
from bot.errors import StoreError
from bot.settings import DATABASE_VARIABLE, KEYS_VARIABLE, required
from bot.trimming import slim

_T = TypeVar("_T")
_AAD = b"dialogue_tracker.sealed|"

_KEY = "SELECT epoch, wrapped FROM data_key WHERE conversation_id = %s"
_READ = "SELECT sealed FROM dialogue_tracker WHERE conversation_id = %s"
# The key's row is locked against a concurrent erase: a tracker saved after its key went
# would be an unreadable row that nobody deletes.
_KEY_FOR_SAVE = _KEY + " FOR SHARE"
_SAVE = (
    "INSERT INTO dialogue_tracker (conversation_id, sealed, updated_at) VALUES (%s, %s, now()) "
    "ON CONFLICT (conversation_id) DO UPDATE SET sealed = EXCLUDED.sealed, updated_at = now()"
)
_ERASE = "DELETE FROM dialogue_tracker WHERE conversation_id = %s"
_NAMES = "SELECT conversation_id FROM dialogue_tracker"


class SealedTrackerStore(TrackerStore):
    """One sealed row a conversation.

    A conversation whose data key is gone is over: nothing is saved and nothing raised,
    because Rasa would then keep it in memory. Other failures raise StoreError after one
    try on a new connection; `unwrapped` in serve.py keeps Rasa from hiding that.
    """

    def __init__(
        self,
        domain: Optional[Domain] = None,
        event_broker: Optional[EventBroker] = None,
        host: Optional[Text] = None,
        **kwargs: Any,
    ) -> None:
        """Take address and key folder from the environment; connect at first use."""
        super().__init__(domain, event_broker)
        self._url = required(DATABASE_VARIABLE).replace("+psycopg", "", 1)
        self._ring = KeyRing(required(KEYS_VARIABLE))
        self._connection: Any = None
        # psycopg2 blocks, so it works in a thread; one connection serves one at a time.
        self._lock = threading.Lock()

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Seal and store the tracker; harmless for a conversation that is over."""
        name = _conversation(tracker.sender_id)
        if name is None:
            return
        state = tracker.current_state(EventVerbosity.ALL)
        content = {"name": tracker.sender_id, "events": slim(state["events"], tracker)}
        packed = zlib.compress(json.dumps(content, ensure_ascii=False).encode("utf-8"))

        def work(cursor: Any) -> None:
            key = self._data_key(cursor, name, _KEY_FOR_SAVE)
            if key is not None:
                cursor.execute(_SAVE, (name, seal(key, packed, _AAD + name.encode())))

        await asyncio.to_thread(self._run, work)

    async def retrieve(self, sender_id: Text) -> Optional[DialogueStateTracker]:
        """Return the tracker, or None when there is none that can be opened."""
        name = _conversation(sender_id)
        if name is None:
            return None

        def work(cursor: Any) -> Optional[bytes]:
            key = self._data_key(cursor, name, _KEY)
            if key is None:
                return None
            cursor.execute(_READ, (name,))
            row = cursor.fetchone()
            return unseal(key, bytes(row[0]), _AAD + name.encode()) if row else None

        packed = await asyncio.to_thread(self._run, work)
        if packed is None:
            return None
        return self.deserialise_tracker(sender_id, zlib.decompress(packed))

    async def keys(self) -> Iterable[Text]:
        """Return the ids of all stored conversations."""

        def work(cursor: Any) -> List[Text]:
            cursor.execute(_NAMES)
            return [str(row[0]) for row in cursor.fetchall()]

        return await asyncio.to_thread(self._run, work)

    async def erase(self, sender_id: Text) -> None:
        """Delete the stored tracker; a second call is harmless."""
        name = _conversation(sender_id)
        if name is not None:
            await asyncio.to_thread(self._run, lambda cursor: cursor.execute(_ERASE, (name,)))

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._drop()

    def _data_key(self, cursor: Any, name: str, query: str) -> Optional[bytes]:
        cursor.execute(query, (name,))
        row = cursor.fetchone()
        if row is None:
            return None
        try:
            return self._ring.unwrap(name, int(row[0]), bytes(row[1]))
        except UnsealError:
            # The epoch was destroyed, which erases like a deleted key. Forgetting what
            # is in memory makes that true for this process too.
            self._ring.forget()
            return None

    def _run(self, work: Callable[[Any], _T]) -> _T:
        """Run work in a transaction; once more on a new connection when that broke."""
        with self._lock:
            for last_try in (False, True):
                try:
                    if self._connection is None:
                        self._connection = psycopg2.connect(self._url, connect_timeout=5)
                    with self._connection, self._connection.cursor() as cursor:
                        return work(cursor)
                except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
                    self._drop()
                    if last_try:
                        raise StoreError(type(error).__name__) from None
                except psycopg2.Error as error:
                    raise StoreError(type(error).__name__) from None
        raise StoreError("unreachable")

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.close()
            except psycopg2.Error:
                return


def _conversation(sender_id: Text) -> Optional[str]:
    """Return the id as the tables have it, or None: only our own ids are ever kept."""
    try:
        return str(UUID(sender_id))
    except ValueError:
        return None
