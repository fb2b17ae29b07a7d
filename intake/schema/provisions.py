"""Which provisions may apply to a form of abuse, and where its triage begins (facts files)."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from amaan.facts import Form, Offence, load_forms, load_offences
from intake.schema.enums import FormCode, Tier

# What the same deed is called when it is done to somebody under eighteen (domain-facts 1A).
_OF_A_CHILD: Final = {
    FormCode.IMAGE_ABUSE: FormCode.CHILD_CSAM,
    FormCode.DEEPFAKE: FormCode.CHILD_CSAM,
    FormCode.IMAGE_THREAT: FormCode.CHILD_SEXTORTION,
    FormCode.HARASSMENT: FormCode.CYBERBULLYING_CHILD,
}
# Forms of 1A whose provisions the facts file does not have yet.
_TIERS_WITHOUT_ENTRY: Final = {
    FormCode.CHILD_EXPLOITATION: Tier.CRITICAL,
    FormCode.CHILD_ABDUCTION_RISK: Tier.CRITICAL,
}


@lru_cache(maxsize=1)
def _forms() -> dict[str, Form]:
    return load_forms()


@lru_cache(maxsize=1)
def _offences() -> dict[str, Offence]:
    return load_offences()


def provisions(form: FormCode, *, minor: bool = False) -> tuple[Offence, ...]:
    """Possible provisions, for review by a lawyer or officer; empty when no source names one.

    What may not be shown to a person does not leave in a complaint either.
    """
    code = _OF_A_CHILD.get(form, form) if minor else form
    entry = _forms().get(code)
    ids = entry.offences if entry else ()
    found = (_offences()[id_] for id_ in ids)
    return tuple(offence for offence in found if offence.origin.is_shown)


def form_tier(form: FormCode) -> Tier:
    """Where triage begins for a form of abuse."""
    entry = _forms().get(form)
    return Tier(entry.tier) if entry else _TIERS_WITHOUT_ENTRY[form]
