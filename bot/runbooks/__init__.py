"""What to do when it breaks: steps, ticked and carried out from the channel."""
