"""People: alarms, paging, claims, the live conversation and the supervisors' console.

`desk` takes alarms in, `ladder` brings somebody, `claims` gives one supervisor the
chat, `reading` shows it, `staff` knows who may. Every change of a case is audited
in its own transaction (`audit`). Locks are always taken in one order: the
conversation, then its case (`cases`).
"""
