"""The checks of `amaan.access`, under the name that the doors know them by."""

from amaan.access import (
    BadRequestError,
    Check,
    CheckedRoute,
    TooLargeError,
    bounded_body,
    checks_by_route,
)

__all__ = [
    "BadRequestError",
    "Check",
    "CheckedRoute",
    "TooLargeError",
    "bounded_body",
    "checks_by_route",
]
