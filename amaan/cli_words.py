"""The command line for translators and reviewers of the catalogues."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import typer

from amaan.errors import InputError

words = typer.Typer(no_args_is_help=True, help="Every word a person reads, and its review.")


@words.command("export")
def words_export(tag: str, file: Path) -> None:
    """Writes the texts of a variant (ur-Arab, sd-Latn, ...) into a new sheet for a reviewer."""
    from amaan.words import review

    with _one_line():
        count = review.export(tag, file, review.LOCALES)
    typer.echo(f"{count} texts stand in {file}")


@words.command("import")
def words_import(
    tag: str,
    file: Path,
    reviewer: str = typer.Option(..., help="Name or initials of who reviewed it."),
) -> None:
    """Takes a filled sheet into the catalogue, all of it or nothing."""
    from amaan.words import review

    with _one_line():
        taken = review.take(tag, file, reviewer, datetime.now(UTC).date(), review.LOCALES)
    for remark in taken.remarks:
        typer.echo(f"remark on {remark}")
    typer.echo(f"{taken.mended} texts mended, {taken.reviewed} marked as reviewed")


@words.command("state")
def words_state() -> None:
    """Shows how many texts of each variant a native speaker has reviewed."""
    from amaan.words import review

    with _one_line():
        standings = review.state(review.LOCALES)
    typer.echo(f"{'variant':10} {'texts':>6} {'reviewed':>9} {'draft':>6}")
    for one in standings:
        typer.echo(f"{one.tag:10} {one.texts:6} {one.reviewed:9} {one.draft:6}")


@contextmanager
def _one_line() -> Iterator[None]:
    """Turns the module's own error into one that the command line says in one line."""
    from amaan.words.po import ReviewError

    try:
        yield
    except ReviewError as error:
        raise InputError(str(error)) from error
