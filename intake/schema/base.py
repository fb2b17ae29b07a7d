"""What all parts of a complaint share: settings of the models and kinds of text."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from intake.never import reject_forbidden

CNIC: Final = r"^[0-9]{5}-[0-9]{7}-[0-9]$"
# Landlines begin with an area code, and none begins with the 3 of mobiles: so a mobile with
# a digit missing is not taken for one (domain-facts 4.2 gives both patterns).
PHONE: Final = r"^\+92(3[0-9]{9}|[124-9][0-9]{8,10})$"
MOBILE: Final = r"^\+923[0-9]{9}$"
ANY_PHONE: Final = r"^\+?[0-9]{4,15}$"
URL: Final = r"^[Hh][Tt][Tt][Pp][Ss]?://[^\s/]\S*$"
MAX_STORY: Final = 20_000
MAX_SUMMARY: Final = 2_000
MAX_URLS: Final = 50
MAX_URL: Final = 2_048
MAX_HANDLE: Final = 100
MAX_NAME: Final = 100
_MIN_LETTERS: Final = 2
_IN_NAMES: Final = frozenset(" .'’ʼ-‐\u200c\u200d")
# A child is asked for the name and what that adult is to her in one question.
_BESIDE_NAMES: Final = ",،()/:\n"
_CARD_DIGITS: Final = re.compile(r"[0-9]")

NAME_RULE: Final = "2 to 100 letters of any script, with spaces, dots, apostrophes and hyphens"


class Part(BaseModel):
    """A frozen part of a complaint. Errors never show what was sent."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, str_strip_whitespace=True
    )

    @model_validator(mode="before")
    @classmethod
    def _never_collected(cls, value: object) -> object:
        return reject_forbidden(value)


def is_name(text: str, *, besides: str = "") -> bool:
    """Whether a text can be a name: `NAME_RULE`, and the signs of `besides`."""
    letters = sum(unicodedata.category(sign)[0] == "L" for sign in text)
    allowed = _IN_NAMES.union(besides)
    return (
        letters >= _MIN_LETTERS
        and len(text) <= MAX_NAME
        and all(unicodedata.category(sign)[0] in "LM" or sign in allowed for sign in text)
    )


def is_cnic(text: str) -> bool:
    """Whether a text is a CNIC number as it is stored, not the same digit thirteen times."""
    return bool(re.fullmatch(CNIC, text)) and len(set(_CARD_DIGITS.findall(text))) > 1


def _name(text: str) -> str:
    if not is_name(text):
        raise ValueError(f"a name has {NAME_RULE}")
    return text


def _adult(text: str) -> str:
    if not is_name(text, besides=_BESIDE_NAMES):
        raise ValueError(f"a name has {NAME_RULE}")
    return text


def _cnic(text: str) -> str:
    if not is_cnic(text):
        raise ValueError("a CNIC number has 5-7-1 digits that are not all the same")
    return text


def _readable(text: str) -> str:
    # PostgreSQL, PDF and the wire take neither NUL nor lone surrogates.
    if any(sign == "\x00" or "\ud800" <= sign <= "\udfff" for sign in text):
        raise ValueError("a text holds signs that cannot be written")
    return text


Text = Annotated[str, AfterValidator(_readable)]
Name = Annotated[
    str, Field(min_length=2, max_length=MAX_NAME, description=NAME_RULE), AfterValidator(_name)
]
AdultName = Annotated[
    str,
    Field(min_length=2, max_length=MAX_NAME, description=f"{NAME_RULE}; commas and brackets too"),
    AfterValidator(_adult),
]
Cnic = Annotated[str, Field(pattern=CNIC), AfterValidator(_cnic)]
Phone = Annotated[str, Field(pattern=PHONE)]
AnyPhone = Annotated[str, Field(pattern=ANY_PHONE)]
Url = Annotated[str, Field(pattern=URL, max_length=MAX_URL), AfterValidator(_readable)]
Handle = Annotated[Text, Field(min_length=1, max_length=MAX_HANDLE)]
City = Annotated[Text, Field(min_length=2, max_length=64)]
Risk = Annotated[int, Field(ge=0, le=3)]
Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,32}$")]
