"""The doors: Twilio SMS and WhatsApp, the web chat, and delivery back out.

A door verifies, hands over to `amaan.conversation`, and answers at once. It
reads no message and decides nothing about it.
"""
