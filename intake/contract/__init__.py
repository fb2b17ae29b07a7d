"""The contract with the NCCIA's intake: what travels, how it is signed, how it fails.

No public interface of the agency exists (domain-facts 4.1); this one is ours, and
docs/intake/openapi.json states it for whoever builds the other side. Only `wire` knows our
own schema beside it, so the real interface replaces this package and nothing else.
"""

from intake.contract.models import (
    Acknowledgement,
    FiledComplaint,
    Problem,
    ProblemCode,
    StateChange,
)

__all__ = ["Acknowledgement", "FiledComplaint", "Problem", "ProblemCode", "StateChange"]
