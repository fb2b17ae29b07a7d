"""A missing secret refuses the start in one line; a first run makes its own, owner-only."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from amaan.cli import main
from amaan.errors import ConfigurationError
from amaan.settings import (
    GATEWAY_SECRET,
    GATEWAY_STAND_IN,
    SANDBOX_SECRET,
    SECRET_NAMES,
    Settings,
)
from amaan.up import Up


@pytest.fixture
def empty(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An environment that only says where home is."""
    for name in (
        *SECRET_NAMES,
        GATEWAY_SECRET,
        "sms_provider",
        "gateway_url",
        "intake_url",
        "database_url",
    ):
        monkeypatch.delenv(f"AMAAN_{name.upper()}", raising=False)
    monkeypatch.setenv("AMAAN_HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_each_missing_secret_is_named(
    empty: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for other in SECRET_NAMES:
        if other != name:
            monkeypatch.setenv(f"AMAAN_{other.upper()}", "x" * 40)
    with pytest.raises(ConfigurationError, match=f"AMAAN_{name.upper()}"):
        Settings.load()


def test_generated_secrets_are_kept_and_their_owners_alone(empty: Path) -> None:
    first = Settings.load(generate=True)
    again = Settings.load()
    assert first.lookup_secret == again.lookup_secret
    values = {getattr(first, name).get_secret_value() for name in SECRET_NAMES}
    assert len(values) == len(SECRET_NAMES)
    for file in (empty / "secrets").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_gateway_needs_its_secret_only_when_it_is_chosen(
    empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Settings.load(generate=True)
    assert not (empty / "secrets" / GATEWAY_SECRET).exists()
    monkeypatch.setenv("AMAAN_SMS_PROVIDER", "gateway")
    with pytest.raises(ConfigurationError, match="AMAAN_GATEWAY_SECRET"):
        Settings.load()
    made = Settings.load(generate=True).gateway_secret
    assert Settings.load().gateway_secret == made
    assert len(made.get_secret_value()) >= 32


def test_the_sandbox_needs_a_secret_only_where_there_is_one(
    empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AMAAN_INTAKE_URL", "https://intake.example/api")
    Settings.load(generate=True)
    assert not (empty / "secrets" / SANDBOX_SECRET).exists()
    monkeypatch.delenv("AMAAN_INTAKE_URL")
    with pytest.raises(ConfigurationError, match="AMAAN_INTAKE_SANDBOX_SECRET"):
        Settings.load()


def test_a_first_run_sends_to_the_stand_in_unless_a_gateway_is_named(
    empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AMAAN_SMS_PROVIDER", "gateway")
    settings = Settings.load(generate=True)
    assert Up(settings)._settings.gateway_url == settings.url(GATEWAY_STAND_IN)
    monkeypatch.setenv("AMAAN_GATEWAY_URL", "https://gateway.example/v1")
    named = Up(Settings.load())
    assert named._settings.gateway_url == "https://gateway.example/v1"
    assert not named._has_gateway_stand_in


def test_a_wrong_setting_is_one_line_without_its_value(
    empty: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AMAAN_PORT_BASE", "not-a-port")
    monkeypatch.setattr("sys.argv", ["amaan", "doctor"])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "AMAAN_PORT_BASE" in said
    assert "not-a-port" not in said


def test_secrets_are_never_printed(empty: Path) -> None:
    settings = Settings.load(generate=True)
    assert settings.rasa_secret.get_secret_value() not in repr(settings)
