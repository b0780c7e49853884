"""Retention: how long what piles up is kept. Incidents, pages, their timelines and evidence are never thinned out."""

from __future__ import annotations

from datetime import timedelta

from pydantic import model_validator

from bot.config.fields import Duration, Section, duration_text, refuse

# The alert review looks so far back.
SHORTEST_ALERTS = timedelta(days=90)
# A delivery in doubt is looked for, and a repeat recognised, within days.
SHORTEST_MESSAGES = timedelta(days=1)


class Retention(Section):
    """How long what piles up is kept, at most 366d where there is a limit. What has not ended is kept in any case; `tocsin retention --dry-run` counts what would go."""

    signals: Duration = timedelta(days=30)
    """What monitoring tools sent, word for word, after it was carried out."""

    alerts: Duration = timedelta(days=365)
    """Alerts and deployments after their end, at least 90d. Timelines of incidents and pages keep what was said of them."""

    messages: Duration = timedelta(days=7)
    """What was delivered, or given up, after it was told; at least 1d."""

    check_results: Duration = timedelta(days=366)
    """What checks measured; as it grows old it is kept in spans of 5 minutes, then of an hour."""

    audit_log: Duration | None = None
    """Lines of the audit log. Default: for ever."""

    config_versions: Duration | None = None
    """Former configurations; the newest one stays. Default: for ever."""

    @model_validator(mode="after")
    def _fits_together(self) -> Retention:
        for name, shortest in (("alerts", SHORTEST_ALERTS), ("messages", SHORTEST_MESSAGES)):
            given = getattr(self, name)
            if given < shortest:
                least = f"at least {duration_text(shortest)}"
                raise refuse(f"{duration_text(given)} is too short", least, at=name)
        if self.signals > self.alerts:
            raise refuse("signals are kept longer than alerts", "at most as long", at="signals")
        return self
