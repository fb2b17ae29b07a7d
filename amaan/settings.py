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
from typing import Annotated, Literal

from pydantic import Field, SecretStr, StringConstraints, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from amaan.errors import ConfigurationError

SECRET_NAMES = (
    "lookup_secret",
    "rasa_secret",
    "action_secret",
    "twilio_auth_token",
    "intake_client_secret",
    "intake_sandbox_secret",
)
"""Secrets without which nothing starts: name of the setting and of its file."""
GATEWAY_SECRET = "gateway_secret"  # noqa: S105  (a name)
"""One more, when SMS goes through a gateway."""
SANDBOX_SECRET = "intake_sandbox_secret"  # noqa: S105  (a name)
"""One less, when complaints are filed with another intake than the local sandbox."""

# Ports counted from `port_base`, design.md 6.1 for the first three.
PUBLIC, STAFF, INTAKE, INTERNAL, RASA, TWILIO_STAND_IN, GATEWAY_STAND_IN = range(7)
# Scheme and host only: it stands in a header, where anything else could end the policy.
_ORIGIN = r"^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?$"
# What is filed leaves this installation encrypted or not at all; a name without a dot is a
# container beside this one.
_INTAKE = r"^(https://[^\s?#]+|http://(127\.0\.0\.1|[a-z0-9-]+)(:[0-9]{1,5})?(/[^\s?#]*)?)$"
CONTENT_SID = r"^HX[0-9a-fA-F]{32}$"
"""Twilio's id of a content (https://www.twilio.com/docs/content)."""


class Settings(BaseSettings):
    """What an operator can set. Times are `timedelta`; ports count from `port_base`."""

    model_config = SettingsConfigDict(env_prefix="AMAAN_", extra="ignore", frozen=True)

    home: Path = Path("var")
    """Folder of everything that is kept: database, keys, secrets, logs."""
    port_base: int = Field(8000, ge=1024, le=65000)
    """Public page; +1 staff, +2 intake sandbox, +3 internal, +4 Rasa, +5 and +6 the stand-ins
    of Twilio and of an SMS gateway."""
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
    """Number or Messaging Service SID that sends SMS; several are separated by commas."""
    twilio_whatsapp_from: str = "whatsapp:+92300000200"
    """WhatsApp sender; several are separated by commas. Append only: places are remembered."""
    twilio_templates: dict[str, Annotated[str, StringConstraints(pattern=CONTENT_SID)]] = {}
    """ContentSid of the approved WhatsApp template "a message waits", by variant (``ur-Arab``).
    A variant without one cannot be reached after 24 hours of silence."""
    twilio_buttons: bool = False
    """Whether menus on WhatsApp are buttons and lists (Twilio's Content API) where they fit;
    numbered menus otherwise. Try it with the account first."""
    sms_per_second: float = Field(1.0, gt=0, le=1000)
    """Messages that one SMS number may send in a second; one is a long code's
    (https://www.twilio.com/docs/api/errors/30001). Bursts of ten seconds pass."""
    whatsapp_per_second: float = Field(80.0, gt=0, le=1000)
    """The same of a WhatsApp sender
    (https://developers.facebook.com/documentation/business-messaging/whatsapp/throughput)."""

    sms_provider: Literal["twilio", "gateway"] = "twilio"
    """Who carries SMS: Twilio, or a gateway (docs/runbooks/connect-sms-gateway.md)."""
    gateway_url: str | None = Field(None, pattern=r"^https?://[^\s?#]+$")
    """Where the gateway's API is, without ``/messages``; `amaan up` sets the local stand-in."""
    gateway_secret: SecretStr = SecretStr("")
    """Signs what we and the gateway tell each other."""
    gateway_from: str = "+92300000300"
    """The number or short code that sends SMS through the gateway."""

    draft_days: int = Field(30, ge=1, le=90)
    """A draft of a complaint is deleted after so many days (domain-facts 4.2: default 30)."""
    filed_copy_days: int = Field(90, ge=1, le=3650)
    """What was sent is kept sealed for proof so long after it was filed. A judgement: three
    times the longest window of the agency, so that nothing is gone while she can still ask."""
    intake_review: bool = True
    """Whether a supervisor may look at critical and high complaints before they leave."""
    intake_review_hours: int = Field(2, ge=1, le=24)
    """After so long such a complaint leaves by itself. A judgement: the time in which honour
    threats must have had human eyes (domain-facts 3.1), so that waiting never blocks her."""
    intake_give_up_hours: int = Field(48, ge=1, le=336)
    """After so long without the agency's answer a human takes over. A judgement: longer than
    a lost weekend day, within the window of a high complaint (72 h)."""

    intake_url: str | None = Field(None, pattern=_INTAKE)
    """Where the NCCIA intake's API is, without ``/v1``; empty is the local sandbox."""
    intake_client_id: str = Field("amaan", min_length=1, max_length=64, pattern=r"^[!-9;-~]+$")
    """Our name with the intake (RFC 6749, 4.4; no colon, for HTTP Basic ends it there)."""
    intake_client_secret: SecretStr = SecretStr("")
    """What we show the intake for an access token."""
    intake_sandbox_secret: SecretStr = SecretStr("")
    """Opens the sandbox's own routes: faults, states, what was filed."""
    intake_agency_keys: Path | None = None
    """JWK set of the public keys that sign the intake's callbacks; empty is the sandbox's."""
    intake_timeout: timedelta = timedelta(seconds=10)
    """How long the intake's answer is waited for; the same as Twilio's."""
    intake_client_cert: Path | None = None
    """Certificate (PEM) for mutual TLS; with it no access token is asked for."""
    intake_client_key: Path | None = None
    """Its private key (PEM); empty when the certificate's file holds it too."""
    intake_ca: Path | None = None
    """Certificates (PEM) that the intake's own must come from; empty is the public ones."""

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
    return_code_days: int = Field(7, ge=1, le=90)
    """For how many days a web chat that was left with a code can be opened again. A judgement:
    long enough for the next safe moment at a shared phone, short enough for a slip of paper."""
    lock_after: timedelta = timedelta(minutes=3)
    """A web chat whose owner chose a word asks for it when nothing was pressed or written for
    this long. A judgement: a slow typist is not interrupted, a phone left on a table is."""
    guard_after: timedelta = timedelta(minutes=30)
    """On every door, whose owner chose a word is asked for it when her last message is older
    than this. A judgement: a talk by SMS has pauses of minutes, a phone changes hands later."""
    embed_origins: tuple[Annotated[str, Field(pattern=_ORIGIN)], ...] = ()
    """Sites that may show the web chat inside a page of theirs; nobody else can frame it."""

    @property
    def secret_names(self) -> tuple[str, ...]:
        """Secrets that these settings need."""
        always = tuple(n for n in SECRET_NAMES if n != SANDBOX_SECRET or not self.intake_url)
        return (*always, GATEWAY_SECRET) if self.sms_provider == "gateway" else always

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
            given = cls(**extra)  # type: ignore[arg-type]
            folder = given.secrets_folder
            for name in given.secret_names:
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
