"""What the sandbox remembers: one SQLite file, in which nothing acknowledged is ever lost.

It keeps no word of a complaint, only a digest of it: enough to tell the same from another.
Every method blocks; the app calls them in threads.
"""

from __future__ import annotations

import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from amaan.clock import Clock
from amaan.errors import ConflictError, NotFoundError
from intake.contract.models import Acknowledgement, ProblemCode
from intake.contract.values import State

_TABLES = """
CREATE TABLE IF NOT EXISTS complaint (
    key TEXT PRIMARY KEY, number TEXT NOT NULL UNIQUE, reference TEXT NOT NULL,
    digest TEXT NOT NULL, filed_at TEXT NOT NULL, state TEXT NOT NULL, at TEXT NOT NULL,
    requests INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE TABLE IF NOT EXISTS callback (
    id INTEGER PRIMARY KEY, number TEXT NOT NULL, state TEXT NOT NULL, at TEXT NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0, due TEXT NOT NULL, done INTEGER NOT NULL DEFAULT 0
) STRICT;
"""
_WAIT_SECONDS = 30.0
_MAX_TRIES = 12
_LONGEST_WAIT = timedelta(minutes=5)


@dataclass(frozen=True)
class Filed:
    """One complaint that was taken."""

    key: str
    number: str
    reference: str
    filed_at: datetime
    state: State
    at: datetime
    requests: int
    """How often it was sent: more than once after a lost answer."""

    def acknowledged(self) -> Acknowledgement:
        """How it stands now."""
        return Acknowledgement(number=self.number, state=self.state, at=self.at)


@dataclass(frozen=True)
class Callback:
    """One change of state that we still have to tell."""

    id: int
    number: str
    state: State
    at: datetime
    tries: int


class Book:
    """The file. One connection, used by one thread at a time."""

    def __init__(self, file: Path, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._db = sqlite3.connect(
            file, timeout=_WAIT_SECONDS, check_same_thread=False, isolation_level=None
        )
        file.chmod(0o600)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode=WAL")
        # A commit is on the disk before it is answered: kill -9 and a power cut lose nothing.
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(_TABLES)

    def close(self) -> None:
        """Closes the file."""
        with self._lock:
            self._db.close()

    def answers(self) -> bool:
        """Whether the file can be read."""
        with self._transaction() as db:
            return bool(db.execute("SELECT 1").fetchone())

    def take(self, key: str, reference: str, digest: str) -> Acknowledgement:
        """Takes a complaint once for each `key`; the first answer is the answer for ever.

        Raises `ConflictError` when `key` was used for another one.
        """
        now = self._clock.now()
        with self._transaction() as db:
            known = db.execute("SELECT * FROM complaint WHERE key = ?", (key,)).fetchone()
            if known is None:
                number = f"SANDBOX-{secrets.token_hex(5).upper()}"
                db.execute(
                    "INSERT INTO complaint (key, number, reference, digest, filed_at, state, at)"
                    " VALUES (?, ?, ?, ?, ?, 'received', ?)",
                    (key, number, reference, digest, now.isoformat(), now.isoformat()),
                )
                return Acknowledgement(number=number, state="received", at=now)
            if known["digest"] != digest:
                raise ConflictError(code=ProblemCode.KEY_REUSED)
            db.execute("UPDATE complaint SET requests = requests + 1 WHERE key = ?", (key,))
            filed_at = datetime.fromisoformat(known["filed_at"])
            return Acknowledgement(number=known["number"], state="received", at=filed_at)

    def by_key(self, key: str) -> Filed:
        """The complaint under `key`. Raises `NotFoundError`."""
        return self._one("key", key, ProblemCode.UNKNOWN_KEY)

    def by_number(self, number: str) -> Filed:
        """The complaint of `number`. Raises `NotFoundError`."""
        return self._one("number", number, ProblemCode.UNKNOWN_NUMBER)

    def all(self) -> list[Filed]:
        """Everything that was taken, oldest first."""
        with self._transaction() as db:
            return [_filed(row) for row in db.execute("SELECT * FROM complaint ORDER BY rowid")]

    def change(self, number: str, state: State) -> Filed:
        """Gives a complaint a new state and notes the callback. Raises `NotFoundError`."""
        now = self._clock.now().isoformat()
        with self._transaction() as db:
            done = db.execute(
                "UPDATE complaint SET state = ?, at = ? WHERE number = ?", (state, now, number)
            )
            if not done.rowcount:
                raise NotFoundError(code=ProblemCode.UNKNOWN_NUMBER)
            db.execute(
                "INSERT INTO callback (number, state, at, due) VALUES (?, ?, ?, ?)",
                (number, state, now, now),
            )
        return self.by_number(number)

    def due(self) -> list[Callback]:
        """Callbacks whose time has come, oldest first."""
        with self._transaction() as db:
            rows = db.execute(
                "SELECT * FROM callback WHERE done = 0 AND due <= ? ORDER BY id LIMIT 100",
                (self._clock.now().isoformat(),),
            ).fetchall()
        return [
            Callback(r["id"], r["number"], r["state"], datetime.fromisoformat(r["at"]), r["tries"])
            for r in rows
        ]

    def told(self, callback: Callback) -> None:
        """Notes that a callback arrived."""
        with self._transaction() as db:
            db.execute("UPDATE callback SET done = 1 WHERE id = ?", (callback.id,))

    def not_told(self, callback: Callback) -> None:
        """Notes that it did not: it is tried again later, `_MAX_TRIES` times in all."""
        tries = callback.tries + 1
        due = self._clock.now() + min(timedelta(seconds=2**tries), _LONGEST_WAIT)
        with self._transaction() as db:
            db.execute(
                "UPDATE callback SET tries = ?, due = ?, done = ? WHERE id = ?",
                (tries, due.isoformat(), int(tries >= _MAX_TRIES), callback.id),
            )

    def _one(self, column: str, value: str, code: ProblemCode) -> Filed:
        with self._transaction() as db:
            row = db.execute(
                f"SELECT * FROM complaint WHERE {column} = ?",  # noqa: S608  (a name of ours)
                (value,),
            ).fetchone()
        if row is None:
            raise NotFoundError(code=code)
        return _filed(row)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            # At once, so that two requests with one key cannot both find it free.
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            finally:
                # Also when the disk was full: the next one must find no transaction open.
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")


def _filed(row: sqlite3.Row) -> Filed:
    return Filed(
        key=row["key"],
        number=row["number"],
        reference=row["reference"],
        filed_at=datetime.fromisoformat(row["filed_at"]),
        state=row["state"],
        at=datetime.fromisoformat(row["at"]),
        requests=row["requests"],
    )
