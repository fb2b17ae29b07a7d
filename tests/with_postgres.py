"""Runs a command with a real, migrated PostgreSQL in AMAAN_TEST_DATABASE_URL.

For tests in Rasa's environment, which has no database server of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from amaan.storage.embedded import EmbeddedPostgres
from amaan.storage.migrate import migrate


def main() -> int:
    """Starts the server, runs `sys.argv[1:]`, stops the server; returns its exit code."""
    folder = Path(tempfile.mkdtemp(prefix="amaan-test-"))
    folder.chmod(0o755)
    server = EmbeddedPostgres(folder / "postgres")
    try:
        url = server.start()
        migrate(url)
        environment = {**os.environ, "AMAAN_TEST_DATABASE_URL": url}
        return subprocess.run(sys.argv[1:], env=environment, check=False).returncode
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
