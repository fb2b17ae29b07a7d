"""What the assistant can do: one module a topic, called by Rasa, run in our process.

Each action works on the conversation's own row, found by the tracker's sender id,
which is our conversation id and means nothing to anybody else.
"""
