"""Reads descriptions of evidence: one piece a line or comma, its kind guessed by its words."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from amaan.text import fold
from intake.reading.plain import visible
from intake.schema import MAX_EVIDENCE, Evidence, EvidenceKind

_LONGEST: Final = 500
_PARTED: Final = re.compile(r"[\n;؛،]|,(?=\s|$)|,(?!\d)")
_BULLET: Final = re.compile(r"^\s*(?:[-*•·–]+|\(?\d{1,2}[.):])\s*")
_EDGE: Final = ' \t.,:;!?،؛؟۔।"“”«»'
_LINK: Final = re.compile(r"https?://|www\.", re.I)

# Stems; the first kind that matches decides, so that "screenshots of the chat" is one.
_KINDS: Final = (
    (
        EvidenceKind.SCREENSHOT,
        "screenshot* screenshots skrinshot* ss shot shots photo* foto* picture* pic pics tasveer* "
        "tasvir* سکرین اسکرین شاٹ تصویر* فوٹو* سڪرين اسڪرين شاٽ تصوير* شاټ عکس* "
        "ਸਕ੍ਰੀਨ* ਸਕਰੀਨ* ਤਸਵੀਰ* ਫੋਟੋ*",
    ),
    (
        EvidenceKind.AUDIO,
        "audio* voice* recording* recorded rikard* awaz* آڈیو* وائس ریکارڈ* آواز* آڊيو* رڪارڊ* "
        "آډیو* غږ* ਆਡੀਓ* ਰਿਕਾਰਡ* ਆਵਾਜ਼* ਵੌਇਸ",
    ),
    (
        EvidenceKind.MEDICAL_PAPER,
        "medical* medico* doctor* hospital* میڈیکل ڈاکٹر* ہسپتال* اسپتال* ڊاڪٽر* اسپتال* "
        "ډاکټر* روغتون* ਡਾਕਟਰ* ਹਸਪਤਾਲ* ਮੈਡੀਕਲ",
    ),
    (
        EvidenceKind.PAYMENT_RECORD,
        "receipt* payment* raseed* rasid* bank* easypaisa* jazzcash* transfer* transaction* "
        "رسید* بینک* ایزی* جاز* ادائیگی رسيد* بئنڪ* بانک* ਰਸੀਦ* ਬੈਂਕ*",
    ),
    (EvidenceKind.EMAIL_HEADERS, "email* mail mails gmail* ایمیل میل ਈਮੇਲ* ਮੇਲ"),
    (EvidenceKind.DEVICE_LIST, "device* devices login logins ڈیوائس* ڊوائيس* ਡਿਵਾਈਸ*"),
    (EvidenceKind.CALL_LOG, "call calls missed کال کالز ڪال زنګ* ਕਾਲ* ਕਾਲਾਂ"),
    (
        EvidenceKind.CHAT_EXPORT,
        "chat chats message* messages msg* sms inbox conversation* paigham* چیٹ* میسج* پیغام* "
        "چيٽ* ميسيج* پيغام* چټ* ਚੈਟ* ਮੈਸੇਜ* ਸੁਨੇਹ*",
    ),
    (EvidenceKind.URL, "link* url urls profile* post posts لنک* پروفائل* پوسٹ* لنڪ* لینک* ਲਿੰਕ*"),
    (
        EvidenceKind.DOCUMENT,
        "document* fir letter* application* paper* certificate* kaghaz* kagaz* darkhast* کاغذ* "
        "درخواست* دستاویز* خط ڪاغذ* سند* ਕਾਗਜ਼* ਦਰਖਾਸਤ*",
    ),
)
_INTIMATE: Final = (
    "nude* naked intimate sexual* sex sexy porn* private personal bath* undress* lingerie topless "
    "nang* nanga nangi gandi ganda gandee fahash* ghaleez* sharmnak* zaati niji "
    "ننگ* برہنہ عریاں فحش* نازیبا گندی گندا پرائیویٹ ذاتی نجی شرمناک "
    "اگھاڙ* ننگ* فحاش* خانگي لوڅ* بربنډ* شخصي ਨੰਗ* ਗੰਦੀ* ਅਸ਼ਲੀਲ* ਨਿੱਜੀ ਪ੍ਰਾਈਵੇਟ"
)


def read_evidence(text: str, *, minor: bool) -> list[Evidence]:
    """One piece for each line or comma; at most fifty, each at most 500 characters.

    `minor` says that it is about somebody under eighteen. Doubt about what is intimate is
    decided for yes: it costs a digest and nothing else.
    """
    parts = (_BULLET.sub("", part).strip(_EDGE) for part in _PARTED.split(visible(text)))
    found = [_piece(part, minor) for part in parts if _tells(part)]
    return found[:MAX_EVIDENCE]


def _tells(part: str) -> bool:
    return any(sign.isalnum() for sign in part)


def _piece(part: str, minor: bool) -> Evidence:
    words = fold(part).split()
    return Evidence(
        kind=_kind(part, words),
        description=" ".join(part.split())[:_LONGEST].strip(),
        contains_intimate=_any(words, _INTIMATE),
        involves_minor=minor,
    )


def _kind(part: str, words: list[str]) -> EvidenceKind:
    if _LINK.search(part):
        return EvidenceKind.URL
    if "screen shot" in " ".join(words):
        return EvidenceKind.SCREENSHOT
    return next((kind for kind, stems in _KINDS if _any(words, stems)), EvidenceKind.STATEMENT)


def _any(words: list[str], listed: str) -> bool:
    whole, stems = _folded(listed)
    return any(word in whole or word.startswith(stems) for word in words)


@lru_cache(maxsize=32)
def _folded(listed: str) -> tuple[frozenset[str], tuple[str, ...]]:
    forms = [
        (fold(form.rstrip("*")).replace(" ", ""), form.endswith("*")) for form in listed.split()
    ]
    return (
        frozenset(form for form, is_stem in forms if form and not is_stem),
        tuple(form for form, is_stem in forms if form and is_stem),
    )
