"""The operators' commands for the keys that sign complaints (docs/runbooks/intake-keys.md)."""

from __future__ import annotations

import typer

from amaan.settings import Settings

intake = typer.Typer(no_args_is_help=True, help="The keys that sign what is filed.")


@intake.command("rotate-key")
def rotate_key() -> None:
    """Makes the next key and publishes it; signs with the present one until use-key."""
    from amaan.operating import intake_keys

    keys = intake_keys(Settings.load())
    kid = keys.prepare_next()
    typer.echo(f"the next key is {kid}; give {keys.public_file} to the intake, then: use-key")


@intake.command("use-key")
def use_key() -> None:
    """From now on the next key signs; the old one is gone."""
    from amaan.operating import intake_keys

    typer.echo(f"complaints are signed by {intake_keys(Settings.load()).use_next()}")


@intake.command("retire-keys")
def retire_keys() -> None:
    """Withdraws the public halves of keys that sign no more."""
    from amaan.operating import intake_keys

    keys = intake_keys(Settings.load())
    typer.echo(f"{keys.retire()} withdrawn; give {keys.public_file} to the intake again")
