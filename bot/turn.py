"""What a message means at this point of the dialogue, before any policy looks at it.

The parse says what a message is by itself. Here it is read in its place: danger goes
before all else, a bare "yes" answers the last menu, words such as "shared" answer the
open form, and what nobody understood becomes a fallback.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from rasa.shared.core.constants import REQUESTED_SLOT
from rasa.shared.core.events import ActiveLoop, Event, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

from bot.answers import answer
from bot.complaint import FORM as COMPLAINT_FORM
from bot.complaint import beside_form, in_form
from bot.importer import FORM
from bot.last import last_intent, last_key, last_menu, said
from bot.matter import COURTESY, DANGERS, MATTERS, OWED
from bot.memory import adds_to_story, learned, platform_in, province_in
from bot.subjects import ANGER, QUESTIONS, subjects
from bot.telling import UNMOVED, topics

# Below this the intent is a guess. On the development lines it turns away two right answers
# in a hundred and a seventh of the wrong ones (`python -m bot.tune` prints the table; 22 Nov 2026).
UNDERSTOOD: Final = 0.35
FORM_SLOTS: Final = ("device_owner", "lives_with", "complaint_step")
WAITING: Final = "waiting"
ADDS: Final = "tells_more"
_FALLBACKS: Final = frozenset({"nlu_fallback", "nlu_fallback_again"})
# What hard words to the helper are else taken for.
_TAKES_ANGER: Final = frozenset(
    {"out_of_scope", "give_feedback", "bot_challenge", "ask_anonymity", "deny", "goodbye", "thanks"}
)
# Under these a question of bot/subjects.py is one about complaining.
_TAKES_QUESTIONS: Final = frozenset({"check_status", "file_complaint", "out_of_scope"})
# These are taken for anything; only a first report goes before them, whose words may hold them.
_PLAIN_QUESTIONS: Final = frozenset({"told", "family", "unmoved"})
# What was said to somebody in danger. "Yes" and "no" to it are about the danger, and no menu.
_CRISIS: Final = frozenset(
    {
        "risk.suicide.critical",
        "risk.harm.critical",
        "risk.bystander.critical",
        "risk.still",
        "wait.here",
    }
)
_ASKED: Final = frozenset(
    {"risk.suicide.elevated", "risk.harm.elevated", "risk.bystander.elevated"}
)
# Options that a bare yes or no chooses.
_MEANT: Final = {
    "affirm": ("option.yes", "option.begin", "option.go_on"),
    "deny": ("option.no", "option.not_now"),
}
# Known by their words, whatever the classifier thought of them.
_CERTAIN: Final = frozenset({"check_status", "complaint_withdraw"})
_DANGER_INTENTS: Final = {"suicide": "suicide_risk", "harm": "imminent_harm"}


@dataclass(frozen=True, slots=True)
class Turn:
    """A message read in its place.

    `intent` and `confidence` go to the policies, `choice` is the entity of that name or
    None, `risk` the effective risk (never lower than what came in), `events` are to be
    put on the tracker before the message. `matter` is what else is to be answered after the
    words for danger or for a "no" to it, an intent or None.
    """

    intent: str
    confidence: float
    choice: str | None
    risk: dict[str, Any]
    events: tuple[Event, ...]
    matter: str | None = None
    unclear: bool = False
    """The message itself tells of no danger: it is an unclear answer to our question."""

    @property
    def metadata(self) -> dict[str, Any]:
        """What policies and actions read of the turn."""
        return {"risk": self.risk, "matter": self.matter, "unclear": self.unclear}


def read_turn(
    tracker: DialogueStateTracker,
    text: str,
    parse: dict[str, Any],
    risk: dict[str, Any],
    value: str | None,
    *,
    named: Sequence[tuple[str, str]] = (),
    case_open: bool = False,
    after_human: bool = False,
    answers_others: bool = False,
) -> Turn:
    """Return what the message means now. Changes nothing.

    `named` are the places, apps and ages that the parse found in it; `case_open`: a human is
    being called for her, or is there.
    `after_human`: a human has talked with her here before, so nothing begins again.
    `answers_others`: it answers what a human said, or a line said while she waited for one;
    a "yes" to those must not answer our own question from before them.
    """
    choice, about, matter = value, subjects(text), _matter(tracker, parse)
    if tracker.active_loop_name == COMPLAINT_FORM and not answers_others:
        intent, confidence = in_form(
            text, parse["intent"], float(parse["confidence"]), choice, last_key(tracker)
        )
    else:
        intent, choice, confidence = _meant(
            tracker, text, parse, choice, matter, about, named, is_over=answers_others
        )
    # What stood before a talk with a human is no longer owed.
    stale = _cleared(tracker) if after_human or answers_others else ()
    risk = _raised(tracker, risk, choice)
    if risk.get("level") in {"elevated", "critical"}:
        # The words of danger must not fill a slot, and no other rule may match.
        intent = _DANGER_INTENTS.get(str(risk.get("kind")), "imminent_harm")
        owing = _owing(tracker, matter, about, named)
        unclear = _tells_no_danger(parse, choice)
        return Turn(intent, 1.0, None, risk, stale + owing, matter, unclear)
    intent = _by_choice(intent, choice)
    # After somebody else has spoken, or when nobody is being called, "yes" is about no danger.
    if choice is None and case_open and not answers_others:
        intent = _in_danger(tracker, intent)
    if after_human and intent == "greet":
        intent = "greet_after_human"
    waits = case_open and not answers_others
    if choice is None and not waits and adds_to_story(tracker, intent, confidence, named):
        intent = ADDS
    elif choice is None and confidence < UNDERSTOOD and intent not in _CERTAIN:
        intent = _not_understood(tracker, waits=waits)
    events = _fresh_form(tracker, intent, is_over=answers_others)
    events += learned(tracker, intent, choice, about, named)
    if intent == "deny_danger" and matter:
        events += _owing(tracker, matter, about, named)
    elif intent in MATTERS:
        events += _cleared(tracker)
    return Turn(intent, confidence, choice, risk, stale + events, matter)


def _cleared(tracker: DialogueStateTracker) -> tuple[Event, ...]:
    """Return the event that takes back the matter that was owed, if one was."""
    return (SlotSet(OWED, None),) if tracker.get_slot(OWED) else ()


def _tells_no_danger(parse: dict[str, Any], choice: str | None) -> bool:
    """Tell whether danger is in effect only because her answer to our question is unclear."""
    level = (parse.get("risk") or {}).get("level")
    return choice is None and level == "none" and parse["intent"] not in DANGERS | {"affirm"}


def _meant(
    tracker: DialogueStateTracker,
    text: str,
    parse: dict[str, Any],
    choice: str | None,
    matter: str | None,
    about: frozenset[str],
    named: Sequence[tuple[str, str]],
    *,
    is_over: bool,
) -> tuple[str, str | None, float]:
    """Return intent, choice and confidence outside the complaint; `is_over`: our menu is."""
    intent, confidence = parse["intent"], float(parse["confidence"])
    if choice is not None:
        return intent, choice, confidence
    if matter and intent in COURTESY and not (intent == "affirm" and said(tracker) & _ASKED):
        # "Thanks. And how do I get it removed?" "No, he has my pictures."
        intent, confidence = matter, 1.0
    if not is_over:
        intent, choice, confidence = _answered(tracker, text, intent, confidence)
    if choice is None:
        intent, choice, confidence = _asked(tracker, intent, confidence, about, named)
    return intent if choice else beside_form(text, intent, last_key(tracker)), choice, confidence


def _matter(tracker: DialogueStateTracker, parse: dict[str, Any]) -> str | None:
    """Return the matter of a message; none while a form is open, whose answers name many."""
    matter = parse.get("matter")
    return matter if matter in MATTERS and tracker.active_loop_name is None else None


def _owing(
    tracker: DialogueStateTracker,
    matter: str | None,
    about: frozenset[str],
    named: Sequence[tuple[str, str]],
) -> tuple[Event, ...]:
    """Return the events by which a matter is remembered that danger stands before."""
    if matter is None:
        return ()
    return (SlotSet(OWED, matter), *learned(tracker, matter, None, about, named))


def _answered(
    tracker: DialogueStateTracker, text: str, intent: str, confidence: float
) -> tuple[str, str | None, float]:
    """Return intent, choice and confidence after asking whether it answers a question."""
    options = last_menu(tracker)
    if tracker.active_loop_name == FORM:
        word = answer(text, [option.value for option in options])
        for option in options:
            if option.intent == "inform" and word is not None and option.value == word:
                return option.intent, option.value, 1.0
    wanted = _MEANT.get(intent, ())
    for option in options:
        if option.label in wanted and confidence >= UNDERSTOOD:
            return option.intent, option.value, confidence
    return intent, None, confidence


def _asked(
    tracker: DialogueStateTracker,
    intent: str,
    confidence: float,
    about: frozenset[str],
    named: Sequence[tuple[str, str]],
) -> tuple[str, str | None, float]:
    """Return intent, choice and confidence as her words make them: what the classifier lacks."""
    key, is_guess = last_key(tracker), confidence < UNDERSTOOD
    # "He also made a fake id on facebook" is a new matter, and no answer to "which app".
    if is_guess or not intent.startswith("report_"):
        platform, province = platform_in(named), province_in(named)
        if key == "ask.content_removal" and platform:
            return "ask_content_removal", platform, 1.0
        if key == "refer.where" and province:
            return "ask_referral", province, 1.0
    asks = is_guess or intent in _TAKES_QUESTIONS or intent.startswith("ask_")
    is_first = intent.startswith("report_") and tracker.get_slot("topic") is None
    # "I reported the account, they said no" reports nothing, unless its words name what.
    tells = is_first and (UNMOVED not in about or bool(about & topics().usual.keys()))
    for question, asked in QUESTIONS.items():
        if question in about and (asks or (question in _PLAIN_QUESTIONS and not tells)):
            return asked, question, 1.0
    if ANGER in about and (is_guess or intent in _TAKES_ANGER):
        return "angry", ANGER, 1.0
    return intent, None, confidence


def _raised(
    tracker: DialogueStateTracker, risk: dict[str, Any], choice: str | None
) -> dict[str, Any]:
    """Return the risk, raised to critical when she says yes to the question about danger."""
    if choice != "danger" or risk.get("level") == "critical":
        return risk
    key = last_key(tracker) or ""
    kind = "suicide" if key.startswith("risk.suicide") else "harm"
    who = "other" if key.startswith("risk.bystander") else risk.get("who", "self")
    why = [*risk.get("why", []), "answered yes to the question about danger"]
    return {**risk, "level": "critical", "kind": kind, "who": who, "why": why}


def _by_choice(intent: str, choice: str | None) -> str:
    if intent == "deny" and choice == "safe":
        return "deny_danger"
    if intent == "deny" and choice == "kept":
        return "deny_erase"
    return intent


def _not_understood(tracker: DialogueStateTracker, *, waits: bool) -> str:
    """Return the fallback; while a human is called she hears first that they will read it."""
    last = last_intent(tracker)
    if waits and last != WAITING and tracker.active_loop_name is None:
        return WAITING
    return "nlu_fallback_again" if last in _FALLBACKS else "nlu_fallback"


def _in_danger(tracker: DialogueStateTracker, intent: str) -> str:
    """Read a yes, a no or a hello of somebody in danger: it begins no new talk.

    A hello long after the words for danger may be somebody else's, who found the phone.
    """
    is_answer = intent in {"affirm", "deny", "greet"} and bool(said(tracker) & _CRISIS)
    return "in_danger" if is_answer else intent


def _fresh_form(tracker: DialogueStateTracker, intent: str, *, is_over: bool) -> tuple[Event, ...]:
    """Return the events that empty the form before it is started again, or when it is over.

    Asked for while it is open it starts anew: no rule would fit otherwise. It is over when
    somebody else has spoken with her meanwhile.
    """
    if intent not in {"ask_safety_plan", "complaint_begin"} and not is_over:
        return ()
    emptied = tuple(SlotSet(name, None) for name in FORM_SLOTS if tracker.get_slot(name))
    if tracker.active_loop_name is None:
        return emptied
    return (ActiveLoop(None), SlotSet(REQUESTED_SLOT, None), *emptied)
