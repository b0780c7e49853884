"""What comes again: the moments of app.yaml's cadences, each carried out once."""
