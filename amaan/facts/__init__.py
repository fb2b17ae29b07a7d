"""Numbers, addresses, law, places and routes as data, each with source, confidence and date.

Only entries tagged `seed`, `page` or `own` that nothing holds back are ever shown to a person
(`shown_facts`); those known from memory wait until somebody has verified them.
"""

from amaan.facts.law import Offence, load_offences
from amaan.facts.load import Fact, Hours, load_facts
from amaan.facts.routes import (
    ClockFact,
    Form,
    Place,
    Platform,
    load_clocks,
    load_forms,
    load_places,
    load_platforms,
)
from amaan.facts.shown import STALE, Waiting, phone_numbers, shown_facts, stale_facts, waiting_facts

__all__ = [
    "STALE",
    "ClockFact",
    "Fact",
    "Form",
    "Hours",
    "Offence",
    "Place",
    "Platform",
    "Waiting",
    "load_clocks",
    "load_facts",
    "load_forms",
    "load_offences",
    "load_places",
    "load_platforms",
    "phone_numbers",
    "shown_facts",
    "stale_facts",
    "waiting_facts",
]
