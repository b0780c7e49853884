"""What every feature stands on: clock, errors, database, outbox, timeline, engine."""
