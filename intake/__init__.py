"""The NCCIA complaint: schema, filing port, adapters and the sandbox server.

So far it holds the sandbox's first version; nothing is filed yet.
"""
