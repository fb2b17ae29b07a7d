"""The tables. What a person wrote, her number or a name stands only in `sealed` columns.

Clear columns hold what must be searched or counted: ids, times, states, levels.
"""

from amaan.storage.models.base import (
    Base,
)
from amaan.storage.models.cases import (
    CaseListener,
    CaseNote,
    Escalation,
    Feedback,
    Page,
)
from amaan.storage.models.complaints import (
    Complaint,
    ComplaintEvent,
    FilingAttempt,
    FilingGate,
)
from amaan.storage.models.conversation import (
    Address,
    Assessment,
    Conversation,
    DataKey,
    DialogueTracker,
    InboundClaim,
    KeyEpoch,
    Message,
    ReturnCode,
)
from amaan.storage.models.house import (
    AuditEvent,
    AuditSeal,
    ChatRating,
    OperatorAlarm,
    SenderPace,
)
from amaan.storage.models.staff import (
    Absence,
    Holiday,
    Shift,
    ShiftPattern,
    Staff,
    StaffOneTime,
    StaffRecovery,
    StaffSession,
)

__all__ = [
    "Absence",
    "Address",
    "Assessment",
    "AuditEvent",
    "AuditSeal",
    "Base",
    "CaseListener",
    "CaseNote",
    "ChatRating",
    "Complaint",
    "ComplaintEvent",
    "Conversation",
    "DataKey",
    "DialogueTracker",
    "Escalation",
    "Feedback",
    "FilingAttempt",
    "FilingGate",
    "Holiday",
    "InboundClaim",
    "KeyEpoch",
    "Message",
    "OperatorAlarm",
    "Page",
    "ReturnCode",
    "SenderPace",
    "Shift",
    "ShiftPattern",
    "Staff",
    "StaffOneTime",
    "StaffRecovery",
    "StaffSession",
]
