"""The routine between incidents: recurring reviews, routine tasks, risks, decisions, planning."""
