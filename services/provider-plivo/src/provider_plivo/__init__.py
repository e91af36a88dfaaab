"""Plivo: SMS and voice, by its wire contract."""
