"""`python -m bench.doors.fuzz [--count N] [--seed N]`: hostile requests at every public route."""

from __future__ import annotations

import argparse
import asyncio
import logging
import secrets
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog

from amaan import composition
from amaan.core import build_core
from amaan.settings import GATEWAY_SECRET, SECRET_NAMES, Settings
from amaan.storage.embedded import EmbeddedPostgres
from amaan.storage.migrate import migrate
from bench.doors.hostile import Draw, Hostile, Keys
from bench.doors.siege import Outcome, besiege, rows, served
from bench.figures import Figure, table
from telephony.access import checks_by_route

DEFAULT_COUNT = 100_000
_TOLD_EVERY = 5000


def main(arguments: Sequence[str]) -> int:
    """Measures and prints: JSON lines, then a table beside. Returns 1 when a bar is missed."""
    parser = argparse.ArgumentParser(prog="fuzz", description="Hostile requests at every route.")
    parser.add_argument("--count", type=int, default=DEFAULT_COUNT, help="requests (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of everything drawn (%(default)s)")
    given = parser.parse_args(arguments)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.CRITICAL)
    folder = Path(tempfile.mkdtemp(prefix="amaan-fuzz-"))
    # PostgreSQL runs under its own user when this runs as root.
    folder.chmod(0o755)
    postgres = EmbeddedPostgres(folder / "postgres")
    try:
        url = postgres.start()
        migrate(url)
        figures = asyncio.run(_measure(_settings(folder, url), given.count, given.seed))
    finally:
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)
    for figure in figures:
        print(figure.line(), flush=True)
    print(f"\n{table(figures)}", file=sys.stderr)
    return 1 if any(figure.holds is False for figure in figures) else 0


def _settings(folder: Path, url: str) -> Settings:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    home = folder / "home"
    (home / "keys").mkdir(mode=0o700, parents=True)
    made = {name: secrets.token_urlsafe(48) for name in (*SECRET_NAMES, GATEWAY_SECRET)}
    return Settings(
        home=home,
        database_url=url,
        public_origin=f"http://127.0.0.1:{port}",
        sms_provider="gateway",
        # Nothing is sent here, so nobody need listen.
        gateway_url="http://127.0.0.1:9",
        **made,  # type: ignore[arg-type]
    )


async def _measure(settings: Settings, count: int, seed: int) -> list[Figure]:
    core = build_core(settings)
    async with core.database.transaction() as tx:
        await core.vault.first_epoch(tx)
    app = composition.public(settings)
    keys = Keys(
        settings.origin,
        settings.twilio_auth_token.get_secret_value(),
        settings.gateway_secret.get_secret_value(),
        lambda: int(time.time()),
    )
    draw = Draw(seed, list(checks_by_route(app.routes)), keys)
    port = int(settings.origin.rpartition(":")[2])
    began = time.monotonic()
    async with served(app, port):
        before = await rows(core.database)
        refused = await besiege(port, only(draw, may_store=False), count // 2, _tell("refused"))
        between = await rows(core.database)
        strange = await besiege(port, only(draw, may_store=True), count - count // 2, _tell("odd"))
        after = await rows(core.database)
    await core.database.close()
    left = sum(abs(between[name] - before[name]) for name in before)
    return [
        *_figures(refused, strange, left),
        Figure("fuzz_rows_untaken", max(0, after["message"] - strange.welcome), "", 0,
               "messages stored beyond those that were answered as taken"),
        Figure("fuzz_messages", after["message"], "", None, "rightly signed or written, odd"),
        Figure("fuzz_seconds", time.monotonic() - began, "s"),
    ]  # fmt: skip


def _figures(refused: Outcome, strange: Outcome, left: int) -> list[Figure]:
    faults = refused.faults + strange.faults
    statuses = refused.statuses + strange.statuses
    for fault, times in sorted(faults.items()):
        print(f"fuzz: {times} times: {fault}", file=sys.stderr)
    answered = ", ".join(f"{status} {times}" for status, times in sorted(statuses.items()))
    server_errors = sum(times for status, times in statuses.items() if status >= 500)  # noqa: PLR2004  (HTTP)
    return [
        Figure("fuzz_requests", refused.sent + strange.sent, "", None, answered),
        Figure("fuzz_5xx", server_errors, "", 0),
        Figure("fuzz_faults", faults.total(), "", 0, "5xx, no answer, wrong shape, repeated words"),
        Figure("fuzz_rows_left", left, "", 0, "by what is not signed or no form of the page"),
    ]


def only(draw: Draw, *, may_store: bool) -> Callable[[], Hostile]:
    """Draws until a request is of the kind that is wanted."""

    def drawn() -> Hostile:
        while (request := draw.next()).may_store is not may_store:
            pass
        return request

    return drawn


def _tell(name: str) -> Callable[[int], None]:
    def tell(sent: int) -> None:
        if sent % _TOLD_EVERY == 0:
            print(f"{name}: {sent}", file=sys.stderr, flush=True)

    return tell


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
