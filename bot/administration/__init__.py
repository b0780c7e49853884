"""What Tocsin keeps for those who run it: which configurations were active, and which were refused."""
