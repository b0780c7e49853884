"""Alerts: formats and routing (pure), taking in, grouping, the storm brake."""
