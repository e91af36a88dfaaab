"""Mailgun, by its wire contract."""
