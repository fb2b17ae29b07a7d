"""The core that the doors, the actions, the handoff and the intake stand on.

It imports none of them, except in the composition root (`amaan.composition`) and in what
an operator does with it (`amaan.operating`).
`amaan.text`, `amaan.words`, `amaan.facts` and `amaan.crypto` also run inside
Rasa's environment and therefore import nothing of the web stack.
"""
