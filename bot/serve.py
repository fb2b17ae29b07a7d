"""Starts the assistant on loopback: `python -m bot.serve`.

Environment: see bot/settings.py. It ends with one clear line when something is missing.
"""

import logging
import os
import sys
from typing import Any

from bot.errors import BotError
from bot.settings import (
    ACTION_SECRET_VARIABLE,
    BOT,
    DATABASE_VARIABLE,
    DEFAULT_PORT,
    KEYS_VARIABLE,
    MODEL,
    ROOT,
    SECRET_VARIABLE,
    port,
    quiet_environment,
    required,
)

_NEEDED = (SECRET_VARIABLE, DATABASE_VARIABLE, KEYS_VARIABLE, ACTION_SECRET_VARIABLE)


def main() -> int:
    """Serve until told to stop. Returns the exit status."""
    try:
        for variable in _NEEDED:
            required(variable)
        listen = port("AMAAN_RASA_PORT", DEFAULT_PORT)
        quiet_environment()
        os.chdir(ROOT)
        serve(listen)
    except BotError as error:
        print(f"the assistant cannot start: {error}", file=sys.stderr)
        return 1
    return 0


def serve(listen: int) -> None:
    """Run Rasa's server on 127.0.0.1 with our channel only and without its HTTP API."""
    # Imported here because Rasa reads the environment while it is imported.
    from rasa.core.channels.channel import register
    from rasa.core.run import _create_app_without_api
    from rasa.core.utils import AvailableEndpoints
    from rasa.utils.common import configure_logging_and_warnings

    from bot.channel import AmaanChannel
    from bot.loading import quiet_logs, require_model

    require_model()
    configure_logging_and_warnings(logging.INFO)
    quiet_logs()
    endpoints = AvailableEndpoints.read_endpoints(str(BOT / "endpoints.yml"))
    app = _create_app_without_api()
    register([AmaanChannel()], app, route="/webhooks/")
    app.register_listener(_loader(endpoints), "before_server_start")
    app.register_listener(_closer, "after_server_stop")
    app.run(host="127.0.0.1", port=listen, workers=1, access_log=False, motd=False)


def _loader(endpoints: Any) -> Any:
    async def load(app: Any, loop: Any) -> None:
        from rasa.core.agent import load_agent

        from bot.loading import unwrap_store, warm

        try:
            agent = await load_agent(model_path=str(MODEL), endpoints=endpoints, loop=loop)
            unwrap_store(agent)
            await warm(agent)
        except BotError as error:
            print(f"the assistant cannot start: {error}", file=sys.stderr)
            # Sanic would go on serving without an agent.
            os._exit(1)
        app.ctx.agent = agent

    return load


async def _closer(app: Any, _loop: Any) -> None:
    agent = getattr(app.ctx, "agent", None)
    if agent is not None:
        agent.tracker_store.close()


if __name__ == "__main__":
    sys.exit(main())
