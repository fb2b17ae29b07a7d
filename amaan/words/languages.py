"""The languages and scripts Amaan speaks, with their direction.

Direction is kept here and not taken from Babel: `Locale.parse("ur_Latn")`
collapses to `ur` there, and Roman Urdu would be laid out right to left.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Variant:
    """One language in one script."""

    tag: str
    """Our tag, `<language>-<script>`, as in the test data: ``ur-Latn``."""
    folder: str
    """Folder of its catalogue under `locales/`: ``ur_Latn``."""
    html_lang: str
    """BCP 47 tag for `lang=`: ``ur-Latn``."""
    own_name: str
    """Its name as its readers write it."""

    @property
    def language(self) -> str:
        """Language subtag: ``ur``."""
        return self.tag.split("-")[0]

    @property
    def script(self) -> str:
        """Script subtag: ``Arab`` or ``Latn``."""
        return self.tag.split("-")[1]

    @property
    def direction(self) -> str:
        """``rtl`` or ``ltr``, by script."""
        return "rtl" if self.script == "Arab" else "ltr"


_ALL = (
    Variant("ur-Arab", "ur", "ur", "اردو"),
    Variant("ur-Latn", "ur_Latn", "ur-Latn", "Roman Urdu"),
    Variant("ps-Arab", "ps", "ps", "پښتو"),
    Variant("ps-Latn", "ps_Latn", "ps-Latn", "Roman Pashto"),
    Variant("sd-Arab", "sd", "sd", "سنڌي"),
    Variant("sd-Latn", "sd_Latn", "sd-Latn", "Roman Sindhi"),
    Variant("pa-Arab", "pa", "pa-Arab", "پنجابی"),
    Variant("pa-Latn", "pa_Latn", "pa-Latn", "Roman Punjabi"),
    Variant("bal-Arab", "bal", "bal", "بلوچی"),
    Variant("bal-Latn", "bal_Latn", "bal-Latn", "Roman Balochi"),
    Variant("en-Latn", "en", "en", "English"),
)

VARIANTS: dict[str, Variant] = {variant.tag: variant for variant in _ALL}
"""The eleven variants a person can be answered in, by tag, in the order they are offered."""

DEFAULT = VARIANTS["ur-Arab"]
"""Used until anything is known: the language most people in Pakistan can read."""


def variant_for(language: str | None, script: str | None) -> Variant:
    """The variant to answer a writer of `language` in `script` in.

    Gurmukhi is understood and answered in Shahmukhi. An unknown pair falls back
    to the script's most read language: Roman Urdu or Urdu.
    """
    if language == "pa" and script == "Guru":
        return VARIANTS["pa-Arab"]
    if language == "en":
        return VARIANTS["en-Latn"]
    found = VARIANTS.get(f"{language}-{script}")
    if found is not None:
        return found
    return VARIANTS["ur-Latn"] if script == "Latn" else DEFAULT
