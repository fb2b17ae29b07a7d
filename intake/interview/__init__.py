"""The complaint, asked step by step: pure, without database, Rasa or clock.

`Interview.take` reads one answer into a draft and says what comes next; `Interview.ask` says
the question that is open. The words are keys of `locales/`, the menus names of `bot/menus.yml`.
"""

from intake.interview.answer import Answer, Say
from intake.interview.interview import NEVER, Context, Outcome, ask, resume, take

__all__ = ["NEVER", "Answer", "Context", "Outcome", "Say", "ask", "resume", "take"]
