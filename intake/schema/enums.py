"""Values that the fields of a complaint can have (domain-facts 1A, 4.2 and 4.3)."""

from __future__ import annotations

from enum import StrEnum


class FormCode(StrEnum):
    """Form of abuse, domain-facts 1A."""

    IMAGE_ABUSE = "image_abuse"
    IMAGE_THREAT = "image_threat"
    DEEPFAKE = "deepfake"
    DOXXING = "doxxing"
    HARASSMENT = "harassment"
    STALKING = "stalking"
    HATE_SPEECH = "hate_speech"
    IMPERSONATION = "impersonation"
    ACCOUNT_TAKEOVER = "account_takeover"
    DEFAMATION = "defamation"
    EXTORTION_MONEY = "extortion_money"
    WORKPLACE = "workplace"
    HONOUR_THREAT = "honour_threat"
    SEXUAL_ASSAULT = "sexual_assault"
    CHILD_GROOMING = "child_grooming"
    CHILD_CSAM = "child_csam"
    CHILD_SEXTORTION = "child_sextortion"
    CHILD_EXPLOITATION = "child_exploitation"
    CHILD_ABDUCTION_RISK = "child_abduction_risk"
    CYBERBULLYING_CHILD = "cyberbullying_child"


class Platform(StrEnum):
    """Where it happened."""

    WHATSAPP = "whatsapp"
    FACEBOOK = "facebook"
    INSTAGRAM = "instagram"
    THREADS = "threads"
    TIKTOK = "tiktok"
    X = "x"
    YOUTUBE = "youtube"
    SNAPCHAT = "snapchat"
    TELEGRAM = "telegram"
    MESSENGER = "messenger"
    IMO = "imo"
    DISCORD = "discord"
    GAME_CHAT = "game_chat"
    DATING_APP = "dating_app"
    LOAN_APP = "loan_app"
    EMAIL = "email"
    SMS_CALL = "sms_call"
    WEBSITE = "website"
    DARK_WEB = "dark_web"
    OTHER = "other"


class Province(StrEnum):
    """Where she lives."""

    PUNJAB = "punjab"
    SINDH = "sindh"
    KHYBER_PAKHTUNKHWA = "khyber_pakhtunkhwa"
    BALOCHISTAN = "balochistan"
    ISLAMABAD = "islamabad"
    AZAD_JAMMU_KASHMIR = "azad_jammu_kashmir"
    GILGIT_BALTISTAN = "gilgit_baltistan"
    ABROAD = "abroad"
    UNKNOWN = "unknown"


class EvidenceKind(StrEnum):
    """What a piece of evidence is."""

    SCREENSHOT = "screenshot"
    CHAT_EXPORT = "chat_export"
    URL = "url"
    AUDIO = "audio"
    CALL_LOG = "call_log"
    EMAIL_HEADERS = "email_headers"
    PAYMENT_RECORD = "payment_record"
    DEVICE_LIST = "device_list"
    DOCUMENT = "document"
    MEDICAL_PAPER = "medical_paper"
    STATEMENT = "statement"


class HashedWhere(StrEnum):
    """Where the digest of a file was made. Only her device: the file never leaves it."""

    SURVIVOR_DEVICE = "survivor_device"


class Tier(StrEnum):
    """How soon it must be dealt with (domain-facts 3.1)."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    STANDARD = "standard"


class Language(StrEnum):
    """Language of the complaint."""

    URDU = "ur"
    PASHTO = "ps"
    SINDHI = "sd"
    PUNJABI = "pa"
    BALOCHI = "bal"
    ENGLISH = "en"


class Script(StrEnum):
    """Script of the complaint. The four-letter codes of `amaan.text` are understood too."""

    ARABIC = "arabic"
    LATIN = "latin"
    GURMUKHI = "gurmukhi"
    VOICE = "voice"

    @classmethod
    def _missing_(cls, value: object) -> Script | None:
        codes = {"Arab": cls.ARABIC, "Latn": cls.LATIN, "Guru": cls.GURMUKHI}
        return codes.get(value) if isinstance(value, str) else None


class Channel(StrEnum):
    """The door through which she came; as `amaan.ports.Door`."""

    WEB = "web"
    SMS = "sms"
    WHATSAPP = "whatsapp"


class ForWhom(StrEnum):
    """Whom the complaint is for."""

    SELF = "self"
    CHILD = "child"
    ADULT = "adult"


class Relation(StrEnum):
    """What somebody who writes for another is to that person."""

    RELATIVE = "relative"
    FRIEND = "friend"
    OTHER = "other"


class Agrees(StrEnum):
    """Whether the adult for whom somebody writes agrees to it."""

    YES = "yes"
    NO = "no"
    CANNOT_ASK = "cannot_ask"


class AgeBand(StrEnum):
    """All that is kept of an age."""

    UNDER_13 = "under_13"
    FROM_13 = "13_15"
    FROM_16 = "16_17"
    FROM_18 = "18_24"
    FROM_25 = "25_plus"


MINOR_BANDS = frozenset({AgeBand.UNDER_13, AgeBand.FROM_13, AgeBand.FROM_16})
"""Under eighteen."""


class Precision(StrEnum):
    """How exactly the day is known on which it began."""

    EXACT = "exact"
    MONTH = "month"
    YEAR = "year"
    UNSURE = "unsure"


class SuspectKnown(StrEnum):
    """Whether she knows who did it."""

    KNOWN = "known"
    PARTLY = "partly"
    UNKNOWN = "unknown"


class Gender(StrEnum):
    """What the form asks for."""

    WOMAN = "woman"
    MAN = "man"
    TRANSGENDER_WOMAN = "transgender_woman"
    TRANSGENDER_MAN = "transgender_man"
    KHWAJA_SIRA = "khwaja_sira"
    INTERSEX = "intersex"
    SELF_DESCRIBED = "self_described"
    DECLINED = "declined"


class NoCnicReason(StrEnum):
    """Why there is no CNIC."""

    MINOR = "minor"
    NEVER_ISSUED = "never_issued"
    HELD_BY_FAMILY = "held_by_family"
    FOREIGN = "foreign"
    DECLINED = "declined"


class IdType(StrEnum):
    """Which paper the number is from."""

    CNIC = "cnic"
    NONE = "none"


class Contact(StrEnum):
    """How the agency may reach her."""

    CALL = "call"
    MESSAGE = "message"
    NONE = "none"


class VisitWish(StrEnum):
    """What the agency is asked for when she is called to the station (domain-facts 4.2)."""

    WOMAN_OFFICER = "woman_officer"
    INTERPRETER = "interpreter"


class ConsentItem(StrEnum):
    """One purpose that she can agree to; each is off until she does."""

    STORE_DRAFT = "store_draft"
    SHARE_NCCIA = "share_nccia"
    SHARE_POLICE = "share_police"
    SHARE_REFERRAL = "share_referral"
    CONTACT_ME = "contact_me"
    STATISTICS = "statistics"
