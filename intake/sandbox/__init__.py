"""The sandbox: a stand-in for the NCCIA intake, which cannot be reached from a test machine.

It keeps the contract's other side with state, signed callbacks and faults on demand.
"""

from intake.sandbox.app import sandbox_app

__all__ = ["sandbox_app"]
