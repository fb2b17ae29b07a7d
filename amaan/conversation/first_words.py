"""The first words to a telephone name nothing: nobody knows yet who holds it.

Whatever she wrote first, a neutral greeting asks whether she can talk now; the answer
comes when she says so. Danger is no such moment: then the words for it come at once.
"""

from __future__ import annotations

from typing import Final

from amaan.conversation.turns import Read, Rung, Said
from amaan.ports import Parse, Reply

SAFE: Final = "safe"
"""The question of the greeting: whether she can talk now."""
GREET, HISTORY, LATER = "greet", "greet.history", "stop.done"
# Said as they are. Those of a failure hold the emergency lines, which no failure may keep
# from her.
_NEUTRAL: Final = frozenset({
    GREET, HISTORY, "human.after", "message.empty", "start.done", LATER, "cover.who",
    "language.ask", "language.changed", "erase.ask", "erase.kept",
    "service.trouble", "screen.failed",
})  # fmt: skip
_SURE: Final = 0.6
# A message of these says nothing of its own beside "yes, now".
_GO_ON: Final = frozenset({"affirm", "greet", "thanks", "out_of_scope", "goodbye", "start_again"})


def neutral_at_first(read: Read, rung: Rung, said: Said) -> Said:
    """The first answer as it may stand on a locked screen."""
    if not read.first or rung.turn.door == "web" or rung.turn.risk.level != "none":
        return said
    keys = [reply if isinstance(reply, str) else reply.key for reply in said.replies]
    if any(key.startswith("risk.") for key in keys):
        return said
    if _NEUTRAL.issuperset(keys):
        return Said([_bare(reply) for reply in said.replies], said.asked)
    return Said([GREET, *(key for key in keys if key == HISTORY)], SAFE)


def goes_on(read: Read, parse: Parse) -> bool:
    """Whether her second message only says that she can talk."""
    if read.content.notes:
        return False
    return parse.intent in _GO_ON or parse.confidence < _SURE


def not_now(parse: Parse) -> bool:
    """Whether she says that she cannot talk now."""
    return parse.intent == "deny" and parse.confidence >= _SURE


def _bare(reply: Reply | str) -> Reply | str:
    # The lines below a greeting name what the house is for.
    if isinstance(reply, Reply) and reply.key in (GREET, "human.after"):
        return Reply(reply.key, reply.text)
    return reply
