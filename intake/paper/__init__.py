"""The complaint on paper: her own sheet, the hand-over to the police, text to copy.

Nothing here leaves the house by itself; what is made is handed to whoever asked for it.
"""

from intake.paper.handover import handover
from intake.paper.pdf import FILE_NAME, make_pdf, pdf
from intake.paper.portal import portal_text
from intake.paper.sheet import Sheet, Table, sheet_of

__all__ = [
    "FILE_NAME",
    "Sheet",
    "Table",
    "handover",
    "make_pdf",
    "pdf",
    "portal_text",
    "sheet_of",
]
