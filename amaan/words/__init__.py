"""Every word a person reads: the catalogues of `locales/`, one a language and script.

Runs in both environments: standard library and Babel only.
"""

from amaan.words.catalogues import Catalogues, MissingTextError
from amaan.words.languages import VARIANTS, Variant, variant_for

__all__ = ["VARIANTS", "Catalogues", "MissingTextError", "Variant", "variant_for"]
