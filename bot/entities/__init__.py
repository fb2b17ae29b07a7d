"""What a complaint or a referral needs to pick out of a message, without any network.

Regular expressions find what has a form of its own (`patterns`), spaCy finds listed words
and their combinations (`pipeline`, word lists in `nlu_data/lexicons/entities`).
"""

from bot.entities.extractor import Extractor, extractor
from bot.entities.found import KINDS, Found

__all__ = ["KINDS", "Extractor", "Found", "extractor"]
