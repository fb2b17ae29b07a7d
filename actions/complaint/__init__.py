"""The complaint in the chat: the form's steps, leaving and taking back, and how it stands."""

from actions.complaint.form import AskStep, ValidateComplaintForm
from actions.complaint.start import (
    LeaveComplaint,
    ResumeComplaint,
    StartComplaint,
    WithdrawComplaint,
)
from actions.complaint.status import Status

__all__ = [
    "AskStep",
    "LeaveComplaint",
    "ResumeComplaint",
    "StartComplaint",
    "Status",
    "ValidateComplaintForm",
    "WithdrawComplaint",
]
