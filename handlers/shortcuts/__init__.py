"""Global and message shortcuts."""
