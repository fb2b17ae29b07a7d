"""The console's own words, in English, for supervisors.

What a person in danger reads stands in `locales/`; this is never sent to anybody.
Unknown codes are shown as they are: a new one must not make a page fail.
"""

from __future__ import annotations

from amaan.words import variant_for
from handoff.states import Outcome, State

LEVELS = {
    "critical": "Critical",
    "elevated": "Elevated",
    "requested": "Asked for a person",
    "none": "No danger seen",
}
KINDS = {"suicide": "suicide", "harm": "harm by others"}
STATES = {
    State.OPEN: "Waiting, nobody paged yet",
    State.PAGED: "Waiting, somebody was paged",
    State.CLAIMED: "Claimed, no human word yet",
    State.ENGAGED: "A human is talking with her",
    State.RELEASED: "Given back to the assistant",
    State.CLOSED: "Closed",
}
OUTCOMES = {
    Outcome.SAFE_NOW: "She says that she is safe for now",
    Outcome.REFERRED: "A line, shelter, hospital or the police took over",
    Outcome.INFORMED: "She has the information she came for",
    Outcome.NO_ANSWER: "She did not write back",
    Outcome.NOT_A_RISK: "False alarm",
    Outcome.OTHER: "Something else",
    Outcome.ERASED: "Erased by her",
}
REASONS = {
    "screened": "her words rang the alarm",
    "asked": "she asked for a person",
    "unclear_answer": "no clear no to the gentle question",
    "screening_failed": "the model could not look at her message",
    "dialogue_failed": "the assistant could not answer",
    "processing_failed": "her message could not be processed",
}
ALARMS = {
    "nobody_on_call": "Nobody was on call when a case waited.",
    "twilio_signature_refused": "Messages with a bad Twilio signature were refused. "
    "If the secret or the address is set wrongly, survivors' messages do not arrive.",
    "delivery_failed": "A message could not be delivered after several tries.",
}
DOORS = {"web": "web chat", "sms": "SMS", "whatsapp": "WhatsApp"}
AUTHORS = {"person": "Person", "bot": "Assistant", "supervisor": "Supervisor", "system": "Notice"}
DELIVERIES = {
    "queued": "waiting to be sent",
    "sending": "being sent",
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "failed": "not delivered",
    "unknown": "perhaps not delivered",
}
LANGUAGES = {
    "ur": "Urdu",
    "ps": "Pashto",
    "sd": "Sindhi",
    "pa": "Punjabi",
    "bal": "Balochi",
    "en": "English",
}
SCRIPTS = {"Arab": "", "Latn": "Roman", "Guru": "Gurmukhi"}
ERRORS = {
    "already_claimed": "Somebody else has claimed this case already.",
    "not_holder": "You do not hold this chat. Claim the case first.",
    "not_permitted": "Your role does not allow this.",
    "not_allowed": "Your role does not allow this.",
    "erased": "She has erased this conversation. Nothing of it can be read or sent any more.",
    "closed": "This case is closed.",
    "illegal_move": "The case has changed meanwhile. Look at it again.",
    "conflict": "The case has changed meanwhile. Look at it again.",
    "not_found": "There is no such page or case.",
    "input": "This cannot be sent: it is empty or too long.",
    "no_outcome": "Choose how the case ended.",
    "outcome": "Choose how the case ended.",
    "weak_password": "Choose a longer password that does not hold your name.",
    "sign_in_refused": "Name or word is wrong. After wrong tries, wait up to a minute.",
    "sign_in_needed": "You are signed out.",
    "cross_site": "This came from another site and was refused.",
    "passwords_differ": "The two new passwords are not the same.",
}
TROUBLE = "Something failed on our side. Nothing you typed was lost; try again."


def language_name(language: str, script: str) -> str:
    """How supervisors call a language in a script: ``Roman Sindhi``, ``Urdu``."""
    name = LANGUAGES.get(language, language)
    prefix = "" if language == "en" else SCRIPTS.get(script, script)
    return f"{prefix} {name}".strip()


def own_name(language: str, script: str) -> tuple[str, str, str]:
    """How its readers call it, with ``lang`` and ``dir`` of the variant they are answered in."""
    variant = variant_for(language, script)
    return variant.own_name, variant.html_lang, variant.direction


def error_text(code: str) -> str:
    """What a supervisor reads for an error code."""
    return ERRORS.get(code, TROUBLE)
