"""Passwords and one-time words: how they are made, hashed and slowed down.

No database here, and nothing here is ever logged.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import unicodedata
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from amaan.errors import InputError

MIN_PASSWORD = 12
"""Characters; NIST SP 800-63B-4 3.1.1.2 asks for 15 without and 8 with a second factor, and
the slow-down below stands in for one where none is set up (`handoff.second_factor`)."""
MAX_PASSWORD = 256
_FREE_TRIES = 3
_LONGEST_WAIT = 60
# Letters and digits that are not mistaken for one another when read aloud.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_WORD_LENGTH, _GROUP = 20, 5
# Each check takes 64 MiB (RFC 9106, second recommended option, argon2-cffi's default).
_AT_ONCE = 2


class WeakPasswordError(InputError):
    """The new password is too short, too long or holds the name."""

    code = "weak_password"


def wait_after(failures: int) -> timedelta:
    """How long a name must wait after so many wrong words: 1, 2, 4 ... 60 seconds."""
    if failures < _FREE_TRIES:
        return timedelta(0)
    return timedelta(seconds=min(_LONGEST_WAIT, 2 ** min(failures - _FREE_TRIES, 10)))


def new_word() -> str:
    """A one-time word of about 99 bits in groups of five."""
    signs = "".join(secrets.choice(_ALPHABET) for _ in range(_WORD_LENGTH))
    return "-".join(signs[at : at + _GROUP] for at in range(0, _WORD_LENGTH, _GROUP))


def word_hash(word: str) -> bytes:
    """What is stored of a one-time word; case, spaces and dashes do not matter."""
    signs = "".join(sign for sign in word.casefold() if sign.isalnum())
    return hashlib.sha256(signs.encode("utf-8", "replace")).digest()


def new_token() -> str:
    """A session's token, 256 bits."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """What is stored of a session's token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def check_strength(password: str, name: str) -> None:
    """Raises `WeakPasswordError`."""
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise WeakPasswordError("a password has 12 to 256 characters")
    if name in password.casefold() or len(set(password)) < 5:  # noqa: PLR2004 - "aaaabbbb"
        raise WeakPasswordError("a password may not hold the name or be one repeated letter")


def plain(password: str) -> str:
    """One form of a password, whatever keyboard composed its letters."""
    return unicodedata.normalize("NFKC", password.encode("utf-8", "replace").decode())


class Hasher:
    """argon2id in threads, so few at a time that guessing cannot fill the memory."""

    def __init__(self) -> None:
        self._argon = PasswordHasher()
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._nobody: str | None = None

    async def hash(self, password: str) -> str:
        """The encoded hash, parameters and salt in it."""
        async with self._slots:
            return await asyncio.to_thread(self._argon.hash, plain(password))

    async def holds(self, encoded: str | None, password: str) -> bool:
        """Whether `password` is right; with None it is not, and that takes as long."""
        if self._nobody is None:
            self._nobody = await self.hash(secrets.token_urlsafe(16))
        checked = encoded or self._nobody
        async with self._slots:
            try:
                right = await asyncio.to_thread(self._argon.verify, checked, plain(password))
            except (VerificationError, InvalidHashError):
                return False
        return right and encoded is not None
