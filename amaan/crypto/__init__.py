"""Envelope encryption and pseudonymous look-up.

Every text, number and name is sealed with AES-256-GCM under a data key of its
own conversation; data keys are wrapped by a key-encryption key that lives in a
file, one file an epoch, apart from the database. Erasing a conversation is
destroying its data key. Destroying an epoch's file makes every copy of the
data keys wrapped under it (write-ahead log, backups) unreadable too.
"""

from amaan.crypto.envelope import KeyRing, new_data_key, seal, unseal
from amaan.crypto.pseudonym import Pseudonymiser

__all__ = ["KeyRing", "Pseudonymiser", "new_data_key", "seal", "unseal"]
