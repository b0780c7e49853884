"""views.*: modals and Home tabs."""

from typing import Any

from playground.errors import SlackError
from playground.views import View

from .call import Answer, Call, Family, Method, missing


def _view(call: Call) -> dict[str, Any]:
    view = call.json("view")
    if view is None:
        raise missing("view")
    given: dict[str, Any] = view
    return given


def _trigger(call: Call) -> str:
    trigger = call.optional("trigger_id") or call.optional("interactivity_pointer")
    if trigger is None:
        raise missing("trigger_id")
    return trigger


def _done(call: Call, view: View) -> Answer:
    kind = "home" if view.body["type"] == "home" else "view"
    call.workspace.changed(kind, users={view.user}, view=view.id)
    return {"ok": True, "view": view.json()}


def open_view(call: Call) -> Answer:
    """A modal for the person who just did something."""
    return _done(call, call.workspace.views.open_modal(_trigger(call), _view(call)))


def push(call: Call) -> Answer:
    """A further modal on top of the one that is open."""
    return _done(call, call.workspace.views.push_modal(_trigger(call), _view(call)))


def update(call: Call) -> Answer:
    """Other content for an open modal."""
    view_id, external_id = call.optional("view_id"), call.optional("external_id")
    if not view_id and not external_id:
        raise missing("view_id")
    views = call.workspace.views
    found = views.find(view_id, external_id)
    return _done(call, views.update(found, _view(call), call.optional("hash")))


def publish(call: Call) -> Answer:
    """The Home tab of one person."""
    user = call.text("user_id")
    person = call.workspace.people.get(user)
    if person is None or person.is_bot:
        raise SlackError("user_not_found")
    if not call.workspace.manifest.home_tab:
        raise SlackError("not_enabled")
    return _done(call, call.workspace.views.publish(user, _view(call), call.optional("hash")))


METHODS: Family = {
    "views.open": Method(open_view, None, 4),
    "views.push": Method(push, None, 4),
    "views.update": Method(update, None, 4),
    "views.publish": Method(publish, None, 4),
}
