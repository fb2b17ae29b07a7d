"""`python -m bench.intake`: complaints, while everything that files them is killed and delayed.

Real processes on one machine: PostgreSQL, two workers, and the sandbox of the intake with its
own book. Consent is given as `intake.interview` gives it, through `Complaints`. Never part of
the tests; `tests/intake/test_filing_storm.py` holds a small one that is the same each time.
"""
