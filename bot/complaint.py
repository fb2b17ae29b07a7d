"""The complaint form's place in the dialogue: what is an answer to it, and what goes beside it.

The questions, their readers and the draft live in the application (`intake/`, `actions/`);
here a message is only told apart: an answer, a question beside it, or a way out.
"""

import re
from typing import Final, Optional, Tuple

from amaan.text import form_word

FORM: Final = "complaint_form"
SAYS: Final = "complaint_says"
"""Intent of an answer to the form."""
_ASK: Final = "complaint.ask."
# Whatever she writes to these is an answer: they ask for her own words.
_OWN_WORDS: Final = frozenset(
    {
        "complaint.ask.story",
        "complaint.story_more",
        "complaint.ask.links",
        "complaint.ask.suspect_who",
        "complaint.ask.adult_name",
        "complaint.ask.evidence",
        "complaint.evidence_child",
        "complaint.line",
    }
)
# Of two or three words the classifier knows nothing here: names were taken for "a person".
_NAMES: Final = frozenset(
    {
        "complaint.ask.name",
        "complaint.ask.city",
        "complaint.ask.adult_name",
        "complaint.ask.suspect_who",
    }
)
# These leave the form when the classifier is sure. Stopping and erasing are left to their words,
# which come with a value: "only by message, in the morning" had stopped everything.
_WAYS_OUT: Final = frozenset({"request_human", "change_language"})
# Asked beside the form, they are answered, and the form's question comes again.
BESIDE: Final = frozenset(
    {
        "ask_law",
        "ask_how_to_report",
        "ask_evidence",
        "ask_content_removal",
        "ask_device_safety",
        "ask_referral",
        "ask_anonymity",
        "bot_challenge",
        "change_language",
        "check_status",
    }
)
# By judgement: an answer to the form is often taken for something else ("I don't know").
_SURELY: Final = 0.7
_QUITE_SURELY: Final = 0.9
_FEWEST_WORDS: Final = 4
_MOST_WORDS_OUT: Final = 6
# Signs of a code for a complaint, three groups of four (intake/codes.py reads it whole). Twelve
# letters are a word and twelve digits a number.
_CODE: Final = re.compile(r"(?=.*[2-9])(?=.*[A-Z])[0-9A-Z]{12}")
_BETWEEN: Final = re.compile(r"[\s\-._/]")
# As it was given to her: an answer such as "15 August 2026", or an account's name, may be twelve
# signs too.
_AS_GIVEN: Final = re.compile(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){2}")
# In Pashto "a man" is also how somebody asks for a human being.
_GENDERS: Final = frozenset({"man", "woman", "trans"})


def in_form(
    text: str, intent: str, confidence: float, choice: Optional[str], asked: Optional[str]
) -> Tuple[str, float]:
    """Return intent and confidence of a message while the form is open.

    `asked` is the key of the last thing said. A code is no answer: it is looked up, and the
    form's question comes again.
    """
    if _AS_GIVEN.fullmatch(text.strip().upper()) and is_code(text):
        return "check_status", 1.0
    if _is_answer(text, intent, choice, asked):
        return SAYS, 1.0
    if choice is not None or intent.startswith("complaint_"):
        return intent, confidence
    words = len(text.split())
    own_words = asked in _OWN_WORDS
    is_sure = confidence >= (_QUITE_SURELY if own_words else _SURELY)
    is_name = asked in _NAMES and words < _FEWEST_WORDS
    leaves = intent in _WAYS_OUT and is_sure and words <= _MOST_WORDS_OUT and not is_name
    asks = intent in BESIDE and is_sure and words >= _FEWEST_WORDS and not own_words
    return (intent, confidence) if leaves or asks else (SAYS, 1.0)


def _is_answer(text: str, intent: str, choice: Optional[str], asked: Optional[str]) -> bool:
    """Tell what is an answer whatever the classifier thinks."""
    if asked == "complaint.change" and text.strip(" .)").isdigit():
        # The number of a line, and no option of the menu before it.
        return True
    word = form_word(text)
    if asked == "complaint.ask.gender" and word in _GENDERS:
        return True
    return intent == SAYS or (choice is None and word is not None)


def beside_form(text: str, intent: str, asked: Optional[str]) -> str:
    """Return the intent of a message while no form is open: a code, or a wish to take back."""
    if form_word(text) == "withdraw":
        return "complaint_withdraw"
    is_short = len(text.split()) <= _FEWEST_WORDS
    return "check_status" if is_code(text) or (asked == "status.ask_code" and is_short) else intent


def is_code(text: str) -> bool:
    """Tell whether a whole message looks like the code of a complaint."""
    return _CODE.fullmatch(_BETWEEN.sub("", text).upper()) is not None
