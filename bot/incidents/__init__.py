"""Incidents: from declaration to close."""
