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
    State.HANDED_OVER: "Being handed over, others are called",
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
    "filing_failed": "her complaint could not be handed over",
}
ALARMS = {
    "nobody_on_call": "Nobody was on call when a case waited, "
    "or the only person on duty takes a pause.",
    "twilio_signature_refused": "Messages with a bad Twilio signature were refused. "
    "If the secret or the address is set wrongly, survivors' messages do not arrive.",
    "gateway_signature_refused": "Messages with a bad signature of the SMS gateway were refused. "
    "If the secret or a clock is set wrongly, survivors' messages do not arrive.",
    "gateway_unreadable": "The SMS gateway brought a message that cannot be read. "
    "Its adapter must be mended, or survivors' messages do not arrive.",
    "delivery_failed": "A message could not be delivered after several tries.",
    "sender_trouble": "The provider refuses our account, our number or a template. "
    "Nobody is reached that way until an operator acts.",
    "recording_kept": "A voice note could not be deleted at the provider.",
    "page_failed": "Somebody could not be paged.",
    "filing_failed": "A complaint could not be handed over, "
    "and nobody can write to the person any more.",
    "filing_number_twice": "The intake gave a number that another complaint has.",
    "filing_number_unknown": "The intake does not know a number that it gave.",
    "coverage_gap": "There is a time in the coming day in which nobody is on duty.",
    "honour_overdue": "No human has seen to danger in the name of honour in time.",
}
TIERS = {"critical": "critical", "high": "high", "medium": "medium", "standard": "standard"}
TIER_WINDOWS = {
    "critical": "critical: within 24 hours",
    "high": "high: within 72 hours",
    "medium": "medium: within 7 days",
    "standard": "standard: within 14 days",
}
RULES = {
    "T1": "an attack, a weapon or an hour named",
    "T2": "suicide with a plan, a means or an hour",
    "T3": "a wish to die, no plan known",
    "T4": "danger in the name of honour",
    "T5": "a child and sexual content",
    "T6": "an intimate picture, shown or about to be",
    "T7": "a threat to publish, a demand",
    "T8": "a credible threat of death, rape or acid",
    "T9": "rape or assault",
    "T10": "stalking or spying by somebody near",
    "T11": "address or number made public",
    "T12": "sexual harassment with evidence",
    "T13": "blackmail for money, no picture",
    "T14": "a profile with her name or picture",
    "T15": "an account taken over",
    "T16": "rude messages, rumours, defamation",
    "unsure": "the machine was not sure",
    "raised_after_person": "raised by the machine after a person had set it",
    "under_18": "under 18",
    "dependent": "depends on the one who does it",
    "outed": "outed as trans",
    "pregnant": "pregnant",
    "device_or_home_held": "he holds her telephone or home",
    "repeat_offender": "he has done it before",
    "many_sharing": "many share it",
    "alone": "she is alone",
    "guard.ask": "rang while her word was awaited: write only after it has come",
    "guard.cover": "rang under cover: write only after her word",
}
"""Rules of the tiers (domain-facts 3.3)."""
VERDICTS = {
    "right": "right",
    "not_a_risk": "a false alarm",
    "missed_earlier": "missed at first",
}
GENDERS = {"woman": "Woman", "man": "Man", "trans": "Trans", "unknown": "Not known"}
NOTES = {"note": "Note", "hand_over": "For whoever takes over", "tier": "On the tier"}
STEPS = {
    "escalation:opened": "rang",
    "escalation:raised": "rang again",
    "escalation:tier_set": "tier set",
    "escalation:honour_overdue": "honour: overdue",
    "escalation:claimed": "claimed",
    "escalation:engaged": "first human word",
    "escalation:handed_over": "offered to others",
    "escalation:claim_lapsed": "taken back, the console was gone",
    "escalation:released": "given back",
    "escalation:closed": "closed",
}
"""What happened to a case, for the hand-over summary."""
CANNED_GROUPS = {
    "first": "First words",
    "danger": "When a life is in danger",
    "advice": "What helps now",
    "ending": "Pauses and ends",
}
CANNED = {
    "hello": "I am a person",
    "can_write": "Can you write here safely?",
    "safe_now": "Are you safe where you are?",
    "not_fault": "It is not your fault",
    "ask_suicide": "Asking plainly about suicide",
    "distance": "Away from what could hurt",
    "who_near": "Somebody you trust",
    "stay": "Stay with me",
    "police": "Police, or among people",
    "lines": "Lines by phone",
    "no_pay": "Pay and send nothing",
    "keep": "Do not delete yet",
    "quiet": "There is no hurry",
    "pause": "I am away for a while",
    "colleague": "A colleague takes over",
    "goodbye": "We stop here for now",
}
LINES = {
    "police": "Police emergency",
    "umang": "Umang: suicide and mental health",
    "rights_line": "Human rights: legal advice, referral",
    "cyber_line": "Cyber crime agency (NCCIA)",
    "drf": "Digital Rights Foundation: online harassment",
    "child_line": "Child protection",
    "complaint_site": "Complaint to the cyber crime agency",
    "stopncii": "Keeps intimate pictures of adults from spreading",
    "takeitdown": "For pictures taken under 18: nobody uploads or sends them",
}
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
DOORS = {"web": "web chat", "sms": "SMS", "whatsapp": "WhatsApp"}
AUTHORS = {"person": "Person", "bot": "Assistant", "supervisor": "Supervisor", "system": "Notice"}
DELIVERIES = {
    "queued": "waiting to be sent",
    "waiting": "waits until she writes (WhatsApp)",
    "sending": "being sent",
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "failed": "not delivered",
    "unknown": "perhaps not delivered",
}
ATTACHED = {
    "media": "Something was attached. It is never opened or kept.",
    "voice": "A voice note. It is deleted when the case is closed.",
    "too_long": "It was longer; the rest was cut.",
    "her_word": "One of her own words. Nobody is shown it.",
    "closed": "Written while the chat waited for her word: it may be somebody else.",
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
    "recording_gone": "This voice note is deleted.",
    "outside_service": "The provider did not answer. Try again in a moment.",
    "no_outcome": "Choose how the case ended.",
    "outcome": "Choose how the case ended.",
    "stopped": "She asked not to be written to. Her next message lifts it.",
    "wish_hours": "She wished no messages at this hour.",
    "wish_first": "She wished never to be written to first. Her next message lifts it.",
    "empty": "This is empty.",
    "too_long": "This is too long.",
    "form_used": "This form belongs to another conversation.",
    "target": "The chat cannot be offered to this person.",
    "language": "Choose a language.",
    "tier": "Choose a tier.",
    "reason_codes": "Choose reasons of the list.",
    "reason_needed": "A lower tier needs a reason of the list.",
    "follow_up": "Choose what was done.",
    "no_consent": "She did not allow it to be given to the police.",
    "complaint_left": "This complaint was sent already, or may have been. "
    "Its tier cannot be changed.",
    "verdict": "Choose whether the alarm was right.",
    "message": "This is no message of hers.",
    "gender": "Choose one of the list, or nothing.",
    "weak_password": "Choose a longer password that does not hold your name.",
    "sign_in_refused": "Name or word is wrong. After wrong tries, wait up to a minute.",
    "sign_in_needed": "You are signed out.",
    "cross_site": "This came from another site and was refused.",
    "passwords_differ": "The two new passwords are not the same.",
    "code_refused": "The code is wrong or was used before. After wrong tries, wait up to a minute.",
    "wrong_code": "The code does not fit. Look whether your telephone tells the right time.",
    "proof_refused": "That does not hold. After wrong tries, wait up to a minute.",
    "factor_required": "This house asks everybody for a second factor.",
    "own_account": "This is for a colleague to change.",
    "last_lead": "There must be a lead. Make somebody else one first.",
    "name_unusable": "This name is taken, or holds other signs than a-z, digits, dots and dashes.",
    "role": "Choose a role.",
    "languages": "Choose at least one language.",
    "means": "Choose how she is called.",
    "number": "SMS, WhatsApp and calls need a number such as +92..., other means none.",
    "number_taken": "This number belongs to somebody else here.",
    "email": "E-mail needs an address, other means none.",
    "time_zone": "There is no such time zone. One is called Asia/Karachi.",
    "quiet_hours": "Quiet hours have a beginning and an end.",
}
ROLES = {
    "supervisor": "Supervisor",
    "lead": "Lead",
    "trainer": "Trainer",
    "administrator": "Administrator",
}
MEANS = {
    "console": "Console",
    "sms": "SMS",
    "whatsapp": "WhatsApp",
    "voice": "Telephone call",
    "email": "E-mail",
}
CHAIN = {
    "event_changed": "the deed was changed.",
    "event_missing": "the deed was removed.",
    "link_missing": "the link was removed.",
    "head_differs": "the chain was made anew.",
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
