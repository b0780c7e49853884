"""The sections of app.yaml, a file a subject. To add one: its model here, its line in bot/config/schema.py."""
