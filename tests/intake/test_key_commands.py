"""An operator changes the signing key by three commands, without a restart."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from amaan.cli_intake import intake
from amaan.settings import SECRET_NAMES
from intake.contract.keys import OURS, SigningKeys, read_public
from intake.contract.signing import key_id
from tests.conftest import TEST_SECRET


def said(command: str) -> str:
    """What a command prints."""
    done = CliRunner().invoke(intake, [command], catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


def test_the_key_is_changed_step_by_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMAAN_HOME", str(tmp_path))
    for name in SECRET_NAMES:
        monkeypatch.setenv(f"AMAAN_{name.upper()}", TEST_SECRET)
    keys = SigningKeys(tmp_path / "secrets", OURS)
    keys.ensure()
    old = key_id(keys.current())
    coming = said("rotate-key")
    assert str(keys.public_file) in coming
    assert key_id(keys.current()) == old
    assert said("use-key").strip().endswith(key_id(keys.current()))
    assert key_id(keys.current()) in coming
    assert old in read_public(keys.public_file)
    assert said("retire-keys").startswith("1 withdrawn")
    assert list(read_public(keys.public_file)) == [key_id(keys.current())]
