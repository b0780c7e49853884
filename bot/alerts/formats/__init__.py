"""What each monitoring tool sends, made into events. Pure: a parsed body in, events out."""
