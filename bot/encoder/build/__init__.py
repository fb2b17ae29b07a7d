"""Makes the encoder: unpack, prune, fine-tune, export. Needs requirements/train.txt.

Nothing here runs in the service or in the test environments.
"""
