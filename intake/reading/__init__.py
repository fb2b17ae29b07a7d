"""Reads one answer of the form: pure functions over what she wrote and what the parse found.

They take any text and raise nothing; what they return fits the schema, and None (or nothing)
says that it is no answer. Numbers may stand in digits of any script, with spaces, dashes and
invisible signs.
"""

from intake.reading.evidence import read_evidence
from intake.reading.links import Links, read_links
from intake.reading.names import read_name
from intake.reading.numbers import read_age, read_cnic, read_phone
from intake.reading.places import read_city, read_platform
from intake.reading.when import read_when

__all__ = [
    "Links",
    "read_age",
    "read_city",
    "read_cnic",
    "read_evidence",
    "read_links",
    "read_name",
    "read_phone",
    "read_platform",
    "read_when",
]
