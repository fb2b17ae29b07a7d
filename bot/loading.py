"""Loads the agent from the one model file, and makes sure that its store is the sealed one."""

import logging
from pathlib import Path

import structlog
from rasa.core.agent import Agent
from rasa.core.tracker_store import FailSafeTrackerStore
from rasa.utils.log_utils import configure_structlog

from bot.assess import assess
from bot.errors import ConfigurationError
from bot.settings import MODEL
from bot.tracker_store import SealedTrackerStore

_FIRST_LINES = ("someone is troubling me", "mujhe koi tang kar raha hai", "سلام", "ਸਤ ਸ੍ਰੀ ਅਕਾਲ")


def load_parser(path: Path = MODEL) -> Agent:
    """Return an agent that can only parse: no store, no channel, no network.

    Raises ConfigurationError when there is no model.
    """
    require_model(path)
    return Agent.load(model_path=path)


def require_model(path: Path = MODEL) -> None:
    """Raise ConfigurationError, saying what to do, when there is no model file."""
    if not path.is_file():
        raise ConfigurationError(f"no model at models/{path.name}; run make train")


async def warm(agent: Agent) -> None:
    """Read one line in each script before anybody is let in.

    The first parse of a process reads word lists and fills caches: on a busy machine longer
    than the application waits, so that the first person was answered by the rules alone.
    """
    for line in _FIRST_LINES:
        await assess(agent, line, [_FIRST_LINES[0]])


def unwrap_store(agent: Agent) -> None:
    """Take Rasa's fail-safe wrapper off the tracker store and check what is inside.

    The wrapper answers a failing save with a store in memory, unsealed and without end;
    and a store class that cannot be imported silently becomes one too (rasa-notes 5).
    Raises ConfigurationError when the store is not ours.
    """
    store = agent.tracker_store
    if isinstance(store, FailSafeTrackerStore):
        store = store._tracker_store
    if not isinstance(store, SealedTrackerStore):
        raise ConfigurationError("the dialogue store is not the sealed one; see endpoints.yml")
    agent.tracker_store = store
    if agent.processor is None:
        raise ConfigurationError("no model is loaded; run make train")
    agent.processor.tracker_store = store


def quiet_logs(level: int = logging.INFO) -> None:
    """Set both of Rasa's log systems to a level, INFO at least, and libraries to errors.

    Rasa logs what people wrote at DEBUG, and structlog, which nobody has configured when
    Rasa is not started by its own command, writes DEBUG.
    """
    level = max(level, logging.INFO)
    logging.getLogger().setLevel(level)
    configure_structlog(level)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    for name in ("rasa", "bot"):
        logging.getLogger(name).setLevel(level)
    # Their INFO names every action and trigger; nothing of it is needed.
    for name in ("apscheduler", "matplotlib", "asyncio", "sanic.access", "urllib3"):
        logging.getLogger(name).setLevel(logging.ERROR)
