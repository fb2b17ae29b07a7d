"""The supervisors' console: an app of its own, on a port of its own, with sessions of its own.

`app` joins it, `gate` opens its routes one by one, `security` guards every answer,
`queue`, `cases`, `accounts` and `live` are its routes, `views` and `highlight` turn
what `handoff.reading` gives into what a page shows. Pages are plain HTML and forms;
htmx and one small script of ours only make them live.
"""

from handoff.console.app import staff_app

__all__ = ["staff_app"]
