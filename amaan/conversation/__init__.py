"""The way of one message: accepted, screened, alarmed, answered, delivered.

`accept` is called by the doors, `process` by a worker, `erase` by both.
"""

from amaan.conversation.accept import Accepted, Acceptor
from amaan.conversation.erase import Eraser
from amaan.conversation.process import Processor

__all__ = ["Accepted", "Acceptor", "Eraser", "Processor"]
