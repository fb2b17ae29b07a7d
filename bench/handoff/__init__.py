"""`make bench-handoff`: many alarms at once, many consoles, and processes that die.

Real processes on one machine: PostgreSQL, the console's server, two workers and the stand-in
of Twilio. Rasa does not run: alarms are rung as `amaan.conversation` rings them, through the
desk, in transactions of their own. Never part of the tests.
"""
