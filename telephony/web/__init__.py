"""The web chat: one neutral page that works by plain form and, with script, live.

Nothing is left in the browser: no cookie, no store, no cache. The secret that
finds the conversation again lives in the open page alone.
"""

from telephony.web.routes import web_router

__all__ = ["web_router"]
