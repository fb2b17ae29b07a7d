"""The assistant: understanding, dialogue and words, on Rasa 3.6. Nothing else imports rasa."""
