"""Where things lie and what the environment must provide.

Environment: AMAAN_RASA_SECRET (bearer word of the app), AMAAN_DATABASE_URL and AMAAN_KEYS
(dialogue store), AMAAN_ACTION_SECRET and AMAAN_ACTIONS_URL (action server),
AMAAN_RASA_PORT.
"""

import os
from pathlib import Path
from typing import Final

from bot.errors import ConfigurationError

ROOT: Final = Path(__file__).resolve().parents[1]
"""The repository, also the folder from which Rasa must be started."""

BOT: Final = ROOT / "bot"
TRAINING_LINES: Final = ROOT / "nlu_data" / "train"
LOCALES: Final = ROOT / "locales"
MODELS: Final = ROOT / "models"
MODEL: Final = MODELS / "amaan.tar.gz"
"""The one model file that is served; a retraining replaces it at once, never half."""

SECRET_VARIABLE: Final = "AMAAN_RASA_SECRET"  # noqa: S105  a name, not a secret
DATABASE_VARIABLE: Final = "AMAAN_DATABASE_URL"
KEYS_VARIABLE: Final = "AMAAN_KEYS"
ACTION_SECRET_VARIABLE: Final = "AMAAN_ACTION_SECRET"  # noqa: S105  a name, not a secret
DEFAULT_PORT: Final = 5005
_PORTS: Final = 65_536
DEFAULT_ACTIONS_URL: Final = "http://127.0.0.1:5055/webhook"


def required(variable: str) -> str:
    """Return an environment variable. Raises ConfigurationError naming it when unset."""
    value = os.environ.get(variable, "").strip()
    if not value:
        raise ConfigurationError(f"set {variable}; the assistant does not start without it")
    return value


def port(variable: str, default: int) -> int:
    """Return a port number from the environment. Raises ConfigurationError when it is none."""
    value = os.environ.get(variable, str(default))
    if not value.isdigit() or not 0 < int(value) < _PORTS:
        raise ConfigurationError(f"{variable} must be a port number")
    return int(value)


def quiet_environment() -> None:
    """Set what every process with Rasa needs, before rasa is imported.

    Telemetry off (also stops its error reporting); one thread per worker, because
    OpenMP's spinning cost a p99 of 1.2 s on two cores (rasa-notes 2); INFO, because
    DEBUG writes what people wrote into the log (rasa-notes 6).
    """
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    os.environ["OMP_NUM_THREADS"] = "1"
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ["LOG_LEVEL"] = "INFO"
    os.environ["LOG_LEVEL_LIBRARIES"] = "ERROR"
    os.environ["SANIC_WORKERS"] = "1"
    os.environ.setdefault("AMAAN_ACTIONS_URL", DEFAULT_ACTIONS_URL)
