"""The menu of services: sent whole, or, where Slack's menus end, found by typing."""

import re
from collections.abc import Sequence

from bot.config import Config, Service, folded
from bot.views.text import MOST_OPTIONS, Block, option, search, select

ACTION = "declare.service"

_WORD = re.compile(r"[^\W_]+")


def service_menu(config: Config, chosen: str | None) -> Block:
    """The menu of all services; with more than Slack shows at once, `services_like` answers what is typed into it."""
    if len(config.services) <= MOST_OPTIONS:
        menu = select(
            [_option(service) for service in config.services], initial=chosen, placeholder="Choose a service"
        )
    else:
        known = config.service(chosen) if chosen else None
        menu = search(
            initial=_option(known) if known else None,
            placeholder=f"Type to find one of {len(config.services)} services",
        )
    return {**menu, "action_id": ACTION}


def services_menu(config: Config, chosen: Sequence[str]) -> Block:
    """The same for several at once."""
    known = [_option(service) for name in chosen if (service := config.service(name)) is not None]
    if len(config.services) <= MOST_OPTIONS:
        options = [_option(service) for service in config.services]
        menu = {**select(options, placeholder="Choose services"), "type": "multi_static_select"}
        known = [one for one in menu["options"] if one["value"] in {found["value"] for found in known}]
    else:
        found = search(placeholder=f"Type to find some of {len(config.services)} services")
        menu = {**found, "type": "multi_external_select", "action_id": ACTION}
    return menu | ({"initial_options": known} if known else {})


def services_like(config: Config, typed: str) -> tuple[Block, ...]:
    """The services whose name or title fits what was typed, the best first, as many as Slack takes.

    Among equals the order of app.yaml counts. Nothing typed fits all.
    """
    ranked = ((_rank(service, typed), service) for service in config.services)
    fitting = sorted(
        ((rank, service) for rank, service in ranked if rank is not None), key=lambda one: one[0]
    )
    return tuple(_option(service) for _, service in fitting[:MOST_OPTIONS])


def _rank(service: Service, typed: str) -> int | None:
    """How well it fits, 0 best: the name itself, its beginning, beginnings of words, a part, parts of words."""
    wanted = folded(typed)
    names = (folded(service.name), folded(service.shown_name))
    if not wanted or wanted in names:
        return 0
    if any(name.startswith(wanted) for name in names):
        return 1
    asked = _WORD.findall(typed.casefold())
    words = _WORD.findall(f"{service.name} {service.shown_name}".casefold())
    if asked and all(any(word.startswith(part) for word in words) for part in asked):
        return 2
    if any(wanted in name for name in names):
        return 3
    if asked and all(any(part in word for word in words) for part in asked):
        return 4
    return None


def _option(service: Service) -> Block:
    return option(service.shown_name, service.name, service.description)
