"""How many SMS segments a text costs; see `amaan.text.segments`, which the console uses too."""

from amaan.text.segments import segments

__all__ = ["segments"]
