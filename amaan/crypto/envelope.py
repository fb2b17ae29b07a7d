"""Sealing with data keys, and wrapping of data keys by epochs.

Runs in both environments: it imports only the standard library and cryptography.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

# First byte of everything sealed, so that the format can change later.
_VERSION = b"\x01"
# NIST SP 800-38D, 8.2.2: 96-bit random nonces; one key seals one conversation,
# far below the 2^32 messages allowed for random nonces.
_NONCE_BYTES = 12
_KEY_BYTES = 32


class UnsealError(Exception):
    """Sealed bytes could not be opened: wrong key, other place, or damaged."""


def new_data_key() -> bytes:
    """32 fresh random bytes for one conversation."""
    return secrets.token_bytes(_KEY_BYTES)


def seal(key: bytes, plaintext: bytes, aad: bytes) -> bytes:
    """Encrypts `plaintext`. Returns version byte + nonce + ciphertext (29 bytes longer).

    `aad` names the place (``table.column|id``): bytes moved to another row do not open.
    """
    nonce = os.urandom(_NONCE_BYTES)
    return _VERSION + nonce + AESGCM(key).encrypt(nonce, plaintext, aad)


def unseal(key: bytes, sealed: bytes, aad: bytes) -> bytes:
    """Opens what `seal` made. Raises `UnsealError` on a wrong key, place or damage."""
    if sealed[:1] != _VERSION:
        raise UnsealError("unknown version")
    nonce, body = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, body, aad)
    except (InvalidTag, ValueError) as error:
        raise UnsealError("cannot be opened") from error


class KeyRing:
    """The key-encryption keys: one owner-only file ``<epoch>.key`` an epoch.

    Files are read when first needed, so that a new epoch made by another
    process is found, and a destroyed one is forgotten by `forget`.
    """

    def __init__(self, folder: Path | str) -> None:
        self._folder = Path(folder)
        self._keys: dict[int, bytes] = {}

    def epochs(self) -> list[int]:
        """Numbers of the epochs whose key exists, oldest first."""
        return sorted(int(path.stem) for path in self._folder.glob("*.key"))

    def current(self) -> int:
        """The newest epoch. Raises `UnsealError` when there is none."""
        epochs = self.epochs()
        if not epochs:
            raise UnsealError("the key folder holds no key-encryption key")
        return epochs[-1]

    def create(self, epoch: int) -> None:
        """Writes a new key for `epoch`, readable by its owner alone. Refuses to overwrite."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        handle = os.open(self._folder / f"{epoch}.key", flags, 0o600)
        try:
            os.write(handle, secrets.token_bytes(_KEY_BYTES))
            os.fsync(handle)
        finally:
            os.close(handle)

    def destroy(self, epoch: int) -> None:
        """Overwrites and removes the key of `epoch`; a second call is harmless.

        On copy-on-write or worn flash storage the overwriting may not reach the
        old block; the operator's page says to keep this folder on its own volume.
        """
        path = self._folder / f"{epoch}.key"
        if path.exists():
            with path.open("r+b") as file:
                file.write(os.urandom(_KEY_BYTES))
                file.flush()
                os.fsync(file.fileno())
            path.unlink()
        self._keys.pop(epoch, None)

    def forget(self) -> None:
        """Drops keys held in memory, so that destroyed epochs cannot be used any more."""
        self._keys.clear()

    def wrap(self, owner_id: str, data_key: bytes, epoch: int | None = None) -> tuple[int, bytes]:
        """Wraps `data_key` for `owner_id` under `epoch` (default: the newest)."""
        epoch = self.current() if epoch is None else epoch
        return epoch, seal(self._key(epoch), data_key, _wrap_aad(owner_id))

    def unwrap(self, owner_id: str, epoch: int, wrapped: bytes) -> bytes:
        """The data key of `owner_id`. Raises `UnsealError` when the epoch is destroyed."""
        return unseal(self._key(epoch), bytes(wrapped), _wrap_aad(owner_id))

    def _key(self, epoch: int) -> bytes:
        if epoch not in self._keys:
            try:
                self._keys[epoch] = (self._folder / f"{epoch}.key").read_bytes()
            except FileNotFoundError as error:
                raise UnsealError("this key epoch does not exist any more") from error
        return self._keys[epoch]


def _wrap_aad(owner_id: str) -> bytes:
    return b"data_key.wrapped|" + owner_id.encode()
