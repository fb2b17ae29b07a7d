"""Every error this project raises on purpose.

AmaanError
├── InputError            the caller sent something we cannot use          422
├── NotAllowedError       known, but not permitted                          403
├── NotFoundError         there is no such thing (or it is not yours)       404
│   └── ErasedError       it was there and the person had it erased         404
├── ConflictError         somebody else was first                           409
├── OutsideServiceError   Twilio, Rasa or another service failed            502
│   └── UnknownOutcomeError  we cannot know whether it took effect          502
├── StorageError          the database or the keys failed                   500
└── ConfigurationError    the operator must change a setting                500

Messages are for operators and never hold a person's words, number or name.
What a person reads comes from `locales/`, chosen by code.
"""

from __future__ import annotations


class AmaanError(Exception):
    """Base of all. `code` is stable and may be logged; `http_status` is what a route answers."""

    code = "error"
    http_status = 500

    def __init__(self, message: str = "", *, code: str | None = None) -> None:
        super().__init__(message or (self.__class__.__doc__ or "").strip())
        if code is not None:
            self.code = code


class InputError(AmaanError):
    """The caller sent something that cannot be used."""

    code = "input"
    http_status = 422


class NotAllowedError(AmaanError):
    """The caller is known but may not do this."""

    code = "not_allowed"
    http_status = 403


class NotFoundError(AmaanError):
    """There is no such thing, or it is not the caller's to see."""

    code = "not_found"
    http_status = 404


class ErasedError(NotFoundError):
    """The conversation was erased by the person; nothing of it can be read."""

    code = "erased"


class ConflictError(AmaanError):
    """Somebody else did it first."""

    code = "conflict"
    http_status = 409


class OutsideServiceError(AmaanError):
    """A service outside this process failed."""

    code = "outside_service"
    http_status = 502


class UnknownOutcomeError(OutsideServiceError):
    """A call to a service ended without an answer: it may or may not have taken effect."""

    code = "unknown_outcome"


class StorageError(AmaanError):
    """The database or the key ring failed."""

    code = "storage"


class ConfigurationError(AmaanError):
    """The operator must change a setting."""

    code = "configuration"
