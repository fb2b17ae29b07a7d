"""Storage: one PostgreSQL, SQLAlchemy models, migrations, and the vault that seals."""

from amaan.storage.database import Database, Transaction
from amaan.storage.vault import Vault

__all__ = ["Database", "Transaction", "Vault"]
