"""Settings, read once from the environment; a missing secret refuses the start.

Every setting is an environment variable ``AMAAN_<NAME>``. Secrets may instead
be files of that name (lower case) in the secrets folder, which is how
`amaan up` keeps the ones it generates for a first run.
"""

from __future__ import annotations

import os
import secrets as random
from datetime import timedelta
from pathlib import Path

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from amaan.errors import ConfigurationError

SECRET_NAMES = ("lookup_secret", "rasa_secret", "action_secret", "twilio_auth_token")
"""Secrets without which nothing starts: name of the setting and of its file."""

# Ports counted from `port_base`, design.md 6.1 for the first three.
PUBLIC, STAFF, INTAKE, INTERNAL, RASA, TWILIO_STAND_IN = range(6)


class Settings(BaseSettings):
    """What an operator can set. Times are `timedelta`; ports count from `port_base`."""

    model_config = SettingsConfigDict(env_prefix="AMAAN_", extra="ignore", frozen=True)

    home: Path = Path("var")
    """Folder of everything that is kept: database, keys, secrets, logs."""
    port_base: int = Field(8000, ge=1024, le=65000)
    """Public page; +1 staff, +2 intake sandbox, +3 internal, +4 Rasa, +5 Twilio stand-in."""
    host: str = "127.0.0.1"
    """Address that the public and the staff app listen on."""
    database_url: str | None = None
    """A served PostgreSQL; empty means the embedded one. `DATABASE_URL` is read as well."""
    public_origin: str | None = None
    """Scheme and host under which Twilio reaches us; signatures are checked against it."""

    lookup_secret: SecretStr = SecretStr("")
    """Keys the hashes by which addresses are found. Changing it orphans every conversation."""
    rasa_secret: SecretStr = SecretStr("")
    """What the app shows Rasa's channel."""
    action_secret: SecretStr = SecretStr("")
    """What Rasa shows the action endpoint."""

    twilio_account_sid: str = "AC" + "0" * 32
    twilio_auth_token: SecretStr = SecretStr("")
    twilio_base_url: str | None = None
    """Where Twilio's API is: empty is Twilio itself; `amaan up` sets the local stand-in."""
    twilio_sms_from: str = "+92300000100"
    """Number or Messaging Service SID that sends SMS."""
    twilio_whatsapp_from: str = "whatsapp:+92300000200"

    screen_timeout: timedelta = timedelta(seconds=2)
    """How long the model is waited for before the rules decide (measured p99: below 60 ms)."""
    dialogue_timeout: timedelta = timedelta(seconds=4)
    """How long a reply of the assistant is waited for."""
    page_steps: tuple[int, ...] = (0, 120, 240, 360)
    """Seconds after the alarm at which the next people are paged (design.md 6.5)."""
    elevated_page_after: timedelta = timedelta(minutes=15)
    """An elevated case that nobody took is paged like a critical one after this time."""
    claim_lapses_after: timedelta = timedelta(minutes=3)
    """A chat whose holder has had no live console for this long is taken back and others are
    called. A console proves itself every ten seconds; a lift or a dead spot takes a minute."""
    wait_steps: tuple[int, ...] = (45, 150, 270)
    """Seconds after the alarm at which the assistant says one more line while nobody came,
    between the steps of the ladder, so that she is never alone with silence for long."""
    wait_again: timedelta = timedelta(minutes=10)
    """After the last of them one more honest line at this interval, while she still writes."""
    honour_attention: timedelta = timedelta(hours=2)
    """Danger in the name of honour must have been looked after by a human by then; the hard
    limit is twice that (domain-facts 3.1, read 2026-11-21)."""
    second_factor_required: bool = False
    """Whether everybody must set up a second factor before the console opens; set it wherever
    the console can be reached from outside this machine."""
    prove_again_after: timedelta = timedelta(minutes=10)
    """Exports and changes of roles ask for the password again when the last proof is older."""
    smtp_url: SecretStr | None = None
    """Where e-mail pages go out: ``smtps://user:word@host:465`` or ``smtp://host:25``."""
    mail_from: str = "amaan@localhost"
    """The sender of e-mail pages."""
    key_epoch_length: timedelta = timedelta(days=1)
    """A key-encryption key lives this long: the erase horizon of log and backups."""
    processed_claims_kept: timedelta = timedelta(days=7)
    """How long provider message ids are remembered against repeated deliveries."""
    staff_session_length: timedelta = timedelta(hours=12)
    """One shift; a console session ends after it."""
    staff_session_idle: timedelta = timedelta(minutes=30)
    """A console that was not used for this long must sign in again (GlobaLeaks uses the same)."""
    exit_url: str = Field("https://www.wikipedia.org/", pattern=r"^https?://[^\s;,'\"<>]+$")
    """The harmless page that "Leave now" opens from the web chat."""

    @property
    def secrets_folder(self) -> Path:
        """Owner-only folder of generated secrets."""
        return self.home / "secrets"

    @property
    def keys_folder(self) -> Path:
        """Owner-only folder of key-encryption keys, one file an epoch."""
        return self.home / "keys"

    def port(self, which: int) -> int:
        """Port of one of our servers: `PUBLIC`, `STAFF`, ..."""
        return self.port_base + which

    def url(self, which: int) -> str:
        """Loopback address of one of our servers."""
        return f"http://127.0.0.1:{self.port(which)}"

    @property
    def origin(self) -> str:
        """The public origin, without a slash at its end."""
        return (self.public_origin or self.url(PUBLIC)).rstrip("/")

    @classmethod
    def load(cls, *, generate: bool = False) -> Settings:
        """Reads the environment and the secrets folder.

        `generate` writes the secrets that are missing (development and first run).
        Without it a missing secret raises `ConfigurationError` that names it.
        """
        extra: dict[str, str] = {}
        if "AMAAN_DATABASE_URL" not in os.environ and os.environ.get("DATABASE_URL"):
            extra["database_url"] = os.environ["DATABASE_URL"]
        try:
            folder = cls(**extra).secrets_folder  # type: ignore[arg-type]
            for name in SECRET_NAMES:
                if not os.environ.get(f"AMAAN_{name.upper()}"):
                    extra[name] = _secret_from(folder / name, generate=generate)
            return cls(**extra)  # type: ignore[arg-type]
        except ValidationError as error:
            names = ", ".join("AMAAN_" + str(e["loc"][0]).upper() for e in error.errors())
            raise ConfigurationError(f"these settings cannot be read: {names}") from None


def _secret_from(file: Path, *, generate: bool) -> str:
    if file.exists():
        return file.read_text().strip()
    if not generate:
        raise ConfigurationError(
            f"AMAAN_{file.name.upper()} is not set: set it, or run `make run` once, "
            "which generates one for this machine"
        )
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as out:
        out.write(random.token_urlsafe(48))
    return file.read_text().strip()
