"""The composition root: the one place in `amaan` that knows doors, actions and handoff.

Everything else is given what it needs. Each process builds a `House` and serves
or works with its part of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from handoff.desk import Desk
from telephony.courier import PostCourier

from amaan.conversation import Acceptor, Eraser, Processor
from amaan.core import Core
from amaan.rasa import Rasa

# Jobs of one worker that may wait for Rasa or Twilio at the same time.
_CONCURRENCY = 8


@dataclass(frozen=True)
class House:
    """All services of one process, joined."""

    core: Core
    rasa: Rasa
    desk: Desk
    courier: PostCourier
    acceptor: Acceptor
    eraser: Eraser
    processor: Processor
