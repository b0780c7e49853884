"""A copy of everything in the database, in one file: made while Tocsin runs, restored into either kind of database."""
