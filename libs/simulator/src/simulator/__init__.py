"""Plays the providers by their wire contracts, and keeps a ledger of every submission."""
