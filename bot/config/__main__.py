"""Writes docs/app.schema.json and docs/configuration.md anew, from the repository's root."""

from bot.config.reference import write

write()
