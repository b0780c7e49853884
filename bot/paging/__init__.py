"""Paging: the right person is reached, or everybody knows that nobody was."""
