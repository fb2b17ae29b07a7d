"""Numbers and addresses as data, each with its source, confidence and date.

Only facts tagged `seed` or `page` are ever shown to a person (`shown_facts`);
those known from memory wait until somebody has verified them.
"""

from amaan.facts.load import Fact, Hours, load_facts, shown_facts

__all__ = ["Fact", "Hours", "load_facts", "shown_facts"]
