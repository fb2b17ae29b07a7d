"""Key pairs that sign: one private key in a file of its own, and the public keys as a JWK set.

Files in one owner-only folder: ``<name>`` (PEM, PKCS #8), ``<name>.next`` while a rotation is
under way, and ``<name>.public.json`` (RFC 7517), which the other side gets. Files are read at
each use, so that a rotation needs no restart. docs/runbooks/intake-keys.md tells the steps.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey

from amaan.errors import ConfigurationError
from intake.contract.signing import key_id

OURS: Final = "intake_signing_key"
"""The pair that signs what we file."""
SANDBOX: Final = "intake_sandbox_key"
"""The pair with which the sandbox signs its callbacks."""
_CURVE: Final = "Ed25519"


class SigningKeys:
    """One key pair and its rotation."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._file = folder / name
        self._next = folder / f"{name}.next"
        self.public_file = folder / f"{name}.public.json"

    def ensure(self) -> None:
        """Makes the pair when there is none; several processes may try at once."""
        if self._file.exists() and self.public_file.exists():
            return
        with self._locked():
            if not self._file.exists():
                _write(self._file, OKPKey.generate_key(_CURVE).as_pem(private=True))
            if not self.public_file.exists():
                self._publish([self.current()])

    def current(self) -> OKPKey:
        """The key to sign with. Raises `ConfigurationError` when it is missing or unreadable."""
        return _private(self._file)

    def prepare_next(self) -> str:
        """Makes the next key and publishes it beside the present one; returns its id.

        Nothing is signed with it yet. A second call returns the same. Raises
        `ConfigurationError` when there is no present key.
        """
        with self._locked():
            current = self.current()
            if not self._next.exists():
                _write(self._next, OKPKey.generate_key(_CURVE).as_pem(private=True))
            coming = _private(self._next)
            known = read_public(self.public_file)
            self._publish([*known.values(), current, coming])
            return key_id(coming)

    def use_next(self) -> str:
        """From now on the next key signs; the old one is gone, its public half stays known.

        Raises `ConfigurationError` when no next key was prepared.
        """
        with self._locked():
            coming = _private(self._next)
            os.replace(self._next, self._file)
            return key_id(coming)

    def retire(self) -> int:
        """Withdraws the public halves of keys that sign no more; returns how many."""
        with self._locked():
            kept = [self.current()]
            if self._next.exists():
                kept.append(_private(self._next))
            before = len(read_public(self.public_file))
            self._publish(kept)
            return before - len({key_id(key) for key in kept})

    def _publish(self, keys: list[OKPKey]) -> None:
        by_id = {key_id(key): key for key in keys}
        entries = [
            {**key.as_dict(private=False), "kid": kid, "use": "sig", "alg": _CURVE}
            for kid, key in by_id.items()
        ]
        _write(self.public_file, json.dumps({"keys": entries}, indent=2).encode())

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(self._file.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def read_public(file: Path) -> dict[str, OKPKey]:
    """Public Ed25519 keys of a JWK set by their thumbprints.

    Raises `ConfigurationError` when the file is missing or no such set.
    """
    try:
        found = KeySet.import_key_set(json.loads(file.read_bytes()))
        keys = [key for key in found.keys if isinstance(key, OKPKey) and key.curve_name == _CURVE]
        return {key_id(key): key for key in keys}
    except (OSError, ValueError, TypeError, KeyError, AttributeError, JoseError):
        raise ConfigurationError(f"{file.name}: no readable set of public keys (JWK set)") from None


def _private(file: Path) -> OKPKey:
    try:
        key = OKPKey.import_key(file.read_bytes())
    except (OSError, ValueError, TypeError, JoseError):
        raise ConfigurationError(
            f"{file.name}: no readable key; see docs/runbooks/intake-keys.md"
        ) from None
    if not key.is_private or key.curve_name != _CURVE:
        raise ConfigurationError(f"{file.name}: not a private {_CURVE} key")
    return key


def _write(file: Path, content: bytes) -> None:
    """Whole or not at all, readable by its owner alone."""
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(handle, content)
        os.fsync(handle)
    finally:
        os.close(handle)
    os.replace(part, file)
