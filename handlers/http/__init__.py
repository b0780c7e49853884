"""The HTTP site."""
