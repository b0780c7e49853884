"""Search: what is found of all that was written, for whom, and in which order."""
