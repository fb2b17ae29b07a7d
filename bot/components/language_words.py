"""What the language identifier learns from besides the training lines.

The training lines are about trouble; a greeting or one word about the weather must be
told apart too. So it also reads common words of each variant
(`nlu_data/lexicons/words/<variant>.txt`), text of the neighbour languages that are not ours
(`nlu_data/lexicons/other/<language>-<script>.txt`) and our own catalogues in `locales/`, which are
text of eleven variants that we write anyway.
"""

from amaan.text import normalise
from amaan.words import VARIANTS, Catalogues
from bot.settings import LOCALES, ROOT

FOLDERS = (ROOT / "nlu_data" / "lexicons" / "words", ROOT / "nlu_data" / "lexicons" / "other")


def word_lines() -> list[tuple[str, str]]:
    """Return (normalised text, variant tag) pairs, one a line of a list or a web text."""
    pairs = [
        (normalise(line), path.stem)
        for folder in FOLDERS
        for path in sorted(folder.glob("*.txt"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip() and not line.startswith("#")
    ]
    catalogues = Catalogues.load(LOCALES)
    for tag in VARIANTS:
        for channel, key in sorted(catalogues.keys(tag)):
            if channel == "web":
                # Without numbers and times: only her language's own words are learnt.
                blanks = dict.fromkeys(catalogues.placeholders(key, tag, "web"), "")
                text = catalogues.text(key, tag, "web", **blanks)
                pairs.extend((normalise(line), tag) for line in text.splitlines() if line.strip())
    return pairs
