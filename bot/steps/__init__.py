"""The tick's steps that change rows: each claims what is due and handles each row in a transaction of its own."""
