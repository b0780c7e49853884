"""Delivery: outbox rows leave the house. The only outgoing network calls beside handlers' answers to a click."""
