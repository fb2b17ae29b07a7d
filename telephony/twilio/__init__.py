"""The Twilio door: signed webhooks in, REST out, and a stand-in to run against."""
