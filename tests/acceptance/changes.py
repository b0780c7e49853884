"""What several stories change in app.yaml: `open_office(database_url, change=impatient)`."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bot.config import Config, EscalationPolicy, Service

Change = Callable[[Config], Config]
SERVICES = 240


def members_unread(config: Config) -> Config:
    """The members are not read ahead: who acts and who is to come must be looked up."""
    delivery = config.delivery.model_copy(update={"read_members": False})
    return config.model_copy(update={"delivery": delivery})


def paced(config: Config) -> Config:
    """Calls are spread, as they are by default (`Office.limits_hold` turns Slack's limits on)."""
    return config.model_copy(update={"delivery": config.delivery.model_copy(update={"paced": True})})


def impatient(config: Config) -> Config:
    """A call that hangs is given up soon, and still no good one on a busy machine."""
    delivery = config.delivery.model_copy(
        update={"slack_timeout": timedelta(seconds=1), "lease": timedelta(seconds=4)}
    )
    return members_unread(config.model_copy(update={"delivery": delivery}))


def with_policy(*steps: dict[str, Any], **more: Any) -> Change:
    """This policy for everything."""

    def change(config: Config) -> Config:
        written = {"name": "default", "steps": list(steps), **more}
        policies = (EscalationPolicy.model_validate(written),)
        services = tuple(one.model_copy(update={"escalation_policy": None}) for one in config.services)
        return config.model_copy(update={"escalation_policies": policies, "services": services})

    return change


def with_many_services(config: Config) -> Config:
    """More of them than a menu of Slack's holds."""
    more = [
        Service(name=f"svc-{n}", title=f"Service {n}", owner="Shop", description=f"Number {n}")
        for n in range(SERVICES - 1)
    ]
    last = Service(name="zebra", title="Zebra & Co <stripes>", owner="Shop")
    return config.model_copy(update={"services": (*config.services, *more, last)})
