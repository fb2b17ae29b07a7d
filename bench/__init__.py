"""`make bench`: what understanding costs, in time and memory. Never part of the tests.

The process that orders the measures holds no model: each measure runs in a child of its
own, so that one's memory and warmth never flatter or burden the next.
"""
