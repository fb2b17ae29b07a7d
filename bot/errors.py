"""Errors of the assistant. None carries a person's text.

BotError
├── ConfigurationError   a setting, file or class is missing; the start is refused
├── RequestError         a request of the app that cannot be served; `code` goes back as JSON
└── StoreError           the dialogue store did not answer; the app sends its own safe words
"""


class BotError(Exception):
    """Base of all errors of the assistant."""


class ConfigurationError(BotError):
    """Something the assistant needs to start is missing or wrong; the message says what to do."""


class RequestError(BotError):
    """A request that cannot be served.

    Attributes:
        code: a word for the caller, such as "too_large".
        status: the HTTP status.
    """

    def __init__(self, code: str, status: int) -> None:
        super().__init__(code)
        self.code = code
        self.status = status


class StoreError(BotError):
    """The dialogue store could not be read or written, also not after connecting again."""
