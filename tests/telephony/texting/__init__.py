"""Tests of SMS and WhatsApp, in and out."""
