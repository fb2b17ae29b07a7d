"""The operators' command line."""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

import typer

from amaan.cli_intake import intake
from amaan.cli_words import words
from amaan.errors import AmaanError
from amaan.facts import waiting_facts
from amaan.logs import configure_logs
from amaan.settings import Settings

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
staff = typer.Typer(no_args_is_help=True, help="People who work here.")
keys = typer.Typer(no_args_is_help=True, help="Key-encryption keys.")
facts = typer.Typer(no_args_is_help=True, help="Numbers and addresses that people are shown.")
audit = typer.Typer(no_args_is_help=True, help="The record of deeds.")
app.add_typer(staff, name="staff")
app.add_typer(audit, name="audit")
app.add_typer(keys, name="keys")
app.add_typer(facts, name="facts")
app.add_typer(words, name="words")
app.add_typer(intake, name="intake")


class Process(StrEnum):
    """What `amaan serve` can serve."""

    PUBLIC = "public"
    STAFF = "staff"
    INTERNAL = "internal"
    INTAKE = "intake"
    WORKER = "worker"
    TWILIO_STAND_IN = "twilio-stand-in"
    GATEWAY_STAND_IN = "gateway-stand-in"


class Role(StrEnum):
    """Roles of staff, see handoff/permissions.toml."""

    SUPERVISOR = "supervisor"
    LEAD = "lead"
    TRAINER = "trainer"
    ADMINISTRATOR = "administrator"


@app.command()
def up() -> None:
    """Starts everything on this machine; Ctrl-C stops it."""
    from amaan.up import Up

    configure_logs("up")
    Up(Settings.load(generate=True)).run()


@app.command()
def serve(process: Process) -> None:
    """Runs one process (in containers: one a container)."""
    from amaan.serve import serve as run

    configure_logs(process.value)
    run(process.value, Settings.load())


@app.command()
def parse() -> None:
    """Understands JSON lines from standard input; the same as `make -s parse`."""
    from amaan.up import BOT_PYTHON

    os.execv(BOT_PYTHON, [str(BOT_PYTHON), "-m", "bot.parse"])


@app.command()
def erase(conversation_id: UUID) -> None:
    """Erases one conversation at once, as if the person had asked for it."""
    from amaan.operating import run_with_house

    erased = asyncio.run(run_with_house(Settings.load(), lambda h: h.eraser.erase(conversation_id)))
    typer.echo("erased" if erased else "there is no such conversation (any more)")


@app.command()
def migrate() -> None:
    """Brings the database to the present shape."""
    from amaan.storage.migrate import migrate as run

    settings = Settings.load()
    run(settings.database_url or "")
    typer.echo("the database has the present shape")


@staff.command("add")
def staff_add(
    name: str,
    role: Role = Role.SUPERVISOR,
    languages: str = typer.Option("ur", help="Comma-separated: ur,ps,sd,pa,bal,en"),
    on_call: bool = True,
    means: list[str] = typer.Option(  # noqa: B008  (typer reads it)
        ["console"], help="console, sms, whatsapp, voice, email; may be given several times"
    ),
    number: str | None = typer.Option(None, help="For sms, whatsapp and voice: +92..."),
    email: str | None = typer.Option(None, help="For email"),
) -> None:
    """Adds a person and prints the word for the first sign-in, which works once."""
    from amaan.operating import add_staff

    word = asyncio.run(
        add_staff(
            Settings.load(),
            name,
            role.value,
            languages.split(","),
            on_call=on_call,
            means=means,
            number=number,
            email=email,
        )
    )
    typer.echo(f"Staff sign-in, works once: name {name} · word {word}")


@keys.command("rotate")
def keys_rotate() -> None:
    """Replaces the key-encryption key now and destroys the older ones."""
    from amaan.operating import run_with_house

    done = asyncio.run(run_with_house(Settings.load(), lambda house: house.upkeep.rotate()))
    typer.echo("a new key epoch is in force" if done else "another process is rotating")


@audit.command("check")
def audit_check(
    noted: str = typer.Option("", help="A last link that was written down earlier."),
) -> None:
    """Checks that no deed was changed or removed; exit code 1 at the first broken place."""
    from amaan.operating import check_trail

    broken, head = asyncio.run(check_trail(Settings.load(), noted or None))
    if broken is not None:
        typer.echo(f"the chain is broken at {broken}")
        raise typer.Exit(1)
    typer.echo(f"the chain holds; write its last link down elsewhere: {head}")


@facts.command("check")
def facts_check() -> None:
    """Lists facts that are unverified or should be looked at again; exit code 1 when there are."""
    waiting = waiting_facts(datetime.now(UTC).date())
    for entry in waiting:
        typer.echo(f"{entry.name:24} {entry.value:26} {entry.state} ({entry.source})")
    raise typer.Exit(1 if waiting else 0)


@app.command()
def doctor() -> None:
    """Says in one line each what is in order and what is not."""
    from amaan.doctor import examine

    results = asyncio.run(examine(Settings.load()))
    for name, problem in results:
        typer.echo(
            f"{'ok  ' if problem is None else 'FAIL'} {name}{f': {problem}' if problem else ''}"
        )
    raise typer.Exit(1 if any(problem for _, problem in results) else 0)


def main() -> None:
    """Entry point: our own errors become one line and exit code 2."""
    # Everything Amaan writes is for its owner alone.
    os.umask(0o077)
    try:
        app()
    except AmaanError as error:
        print(f"amaan: {error}", file=sys.stderr)
        raise SystemExit(2) from None
