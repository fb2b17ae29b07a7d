"""Measures of the doors: what outsiders can send, and how much of it."""
