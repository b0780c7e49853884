"""Views: pure functions from rows to Block Kit and text. They never query."""
