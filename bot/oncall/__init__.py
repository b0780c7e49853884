"""On-call: schedules, overrides, imported calendars and feeds.

The public face is `bot.oncall.schedule`: `on_call(schedule, at, overrides)` and its neighbours, pure functions.
What stands in the database is read by `bot.oncall.queries`, which makes schedules ready to be asked.
"""
