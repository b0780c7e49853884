"""Clicks, choices, submissions and shortcuts of people, and what the bot's answers do to their screen."""

from dataclasses import dataclass
from typing import Any

from . import payloads, state
from .channels import Channel
from .delivery import NOT_SENT, Delivery, Reply
from .elements import OPTION_ANSWER
from .errors import Refused, SlackError
from .messages import Message
from .people import Person
from .posting import slackbot
from .responses import Responses
from .schema import Problems
from .views import View
from .workspace import Workspace

TROUBLE = "We had some trouble connecting. Try again?"


@dataclass(slots=True)
class Surface:
    """Where a person acts: in a message of a channel, or in a view."""

    channel: Channel | None = None
    message: Message | None = None
    view: View | None = None

    @property
    def blocks(self) -> list[dict[str, Any]]:
        """What stands there, attachments included."""
        if self.view is not None:
            blocks: list[dict[str, Any]] = self.view.body["blocks"]
            return blocks
        body = self.message.body if self.message else {}
        found = list(body.get("blocks") or [])
        for attachment in body.get("attachments") or []:
            found.extend(attachment.get("blocks") or [])
        return found

    def values(self, user: str) -> dict[str, dict[str, Any]]:
        """What is typed and chosen there, by that person."""
        if self.view is not None:
            return self.view.state
        assert self.message is not None
        if self.message.states is None:
            self.message.states = {}
        current = state.initial_state(self.blocks)
        # An updated message keeps what was chosen as long as the element is still there.
        chosen = self.message.states.get(user, {})
        for block_id, actions in current.items():
            for action_id, entry in actions.items():
                old = chosen.get(block_id, {}).get(action_id)
                if old is not None and old["type"] == entry["type"]:
                    actions[action_id] = old
        self.message.states[user] = current
        return current


class Interactions:
    """What people do in messages, modals and Home tabs."""

    def __init__(
        self, workspace: Workspace, delivery: Delivery, responses: Responses, url: str, token: str
    ) -> None:
        self._workspace = workspace
        self._delivery = delivery
        self._responses = responses
        self._url = url
        self._token = token
        self._offered: dict[tuple[str, str, str, str], list[dict[str, Any]]] = {}

    # -- where ----------------------------------------------------------------------------------------

    def surface(self, person: Person, container: Any) -> Surface:
        """The message or view that the person means. Raises Refused (404) when they do not see it."""
        if not isinstance(container, dict) or not (
            {"view"} <= set(container) or {"channel", "ts"} <= set(container)
        ):
            raise Refused(400, "invalid_container", 'give {"view"} or {"channel", "ts"}')
        if "view" in container:
            return Surface(view=self.own_view(person, str(container["view"])))
        channel = self._workspace.joined(person, str(container["channel"]))
        message = self._workspace.message_seen(person, channel, str(container["ts"]))
        return Surface(channel, message)

    def own_view(self, person: Person, view_id: str) -> View:
        """A view that is open on the person's screen. Raises Refused: 404, or 409 below another one."""
        found = self._workspace.views.open.get(view_id)
        if found is None or found.user != person.id:
            raise Refused(404, "view_not_found", f"{person.name} has no view {view_id} open")
        stack = self._workspace.views.stacks.get(person.id, [])
        if found.body["type"] == "modal" and stack and stack[-1] is not found:
            raise Refused(409, "view_covered", "another modal is open above it")
        return found

    def _check_interactive(self) -> None:
        if not self._workspace.manifest.interactive:
            raise Refused(
                409, "interactivity_disabled", "This app is not configured to handle interactive responses."
            )

    # -- clicks ---------------------------------------------------------------------------------------

    async def click(
        self, person: Person, container: Any, action_id: str | None, block_id: str | None, value: Any
    ) -> Reply:
        """Clicks a button or chooses in a select: `block_actions`."""
        self._check_interactive()
        surface = self.surface(person, container)
        block, element = state.find(surface.blocks, action_id, block_id)
        if block["type"] == "input":
            self._fill_one(person, surface, block, element, value)
            if not block.get("dispatch_action"):
                return NOT_SENT
            return await self._act(person, surface, block, element)
        if element["type"] in state.FIELDS:
            self._fill_one(person, surface, block, element, value)
            return await self._act(person, surface, block, element)
        chosen = (
            state.option(state.options_of(element), str(value)) if element["type"] == "overflow" else None
        )
        return await self._act(person, surface, block, element, chosen)

    async def _act(
        self,
        person: Person,
        surface: Surface,
        block: dict[str, Any],
        element: dict[str, Any],
        overflow: dict[str, Any] | None = None,
    ) -> Reply:
        action: dict[str, Any] = {
            "type": element["type"],
            "action_id": element["action_id"],
            "block_id": block["block_id"],
        }
        values = surface.values(person.id)
        if element["type"] == "button":
            action |= {
                key: element[key] for key in ("text", "value", "style", "url", "confirm") if key in element
            }
        elif overflow is not None:
            action["selected_option"] = overflow
        else:
            action |= values[block["block_id"]][element["action_id"]]
            initial = state.FIELDS[element["type"]][1]
            action |= {key: element[key] for key in (initial, "placeholder") if key and key in element}
        action["action_ts"] = self._workspace.clock.next()
        payload = payloads.base("block_actions", person, self._token)
        view = surface.view
        payload["trigger_id"] = self._workspace.views.trigger(person.id, view.id if view else None)
        if view is not None:
            payloads.in_view(payload, view)
        else:
            assert surface.channel is not None
            assert surface.message is not None
            payloads.in_message(payload, surface.channel, surface.message)
            payload["state"] = {"values": values}
            name = self._responses.give(surface.channel, person.id, surface.message)
            payload["response_url"] = f"{self._url}/response/{name}"
        payload["actions"] = [action]
        reply = await self._delivery.interaction("click", payload)
        if not reply.delivered:
            self._toast(person, _failed_words(reply))
        return reply

    def _toast(self, person: Person, words: str) -> None:
        self._workspace.changed("toast", users={person.id}, text=words)

    # -- inputs ---------------------------------------------------------------------------------------

    async def fill(self, person: Person, view_id: str, values: Any) -> Reply | None:
        """Types into inputs; those that dispatch tell the bot. The last of their replies is returned."""
        view = self.own_view(person, view_id)
        surface = Surface(view=view)
        if not isinstance(values, dict):
            raise Refused(400, "invalid_values", "values is an object: block_id -> value")
        told = None
        for block, element in self._fill(person, surface, values):
            if block["type"] != "input" or block.get("dispatch_action"):
                self._check_interactive()
                told = await self._act(person, surface, block, element)
        return told

    def _fill(
        self, person: Person, surface: Surface, values: dict[str, Any]
    ) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        filled = []
        for name, value in values.items():
            block, element = self._input(surface, name)
            self._fill_one(person, surface, block, element, value)
            filled.append((block, element))
        return filled

    def _input(self, surface: Surface, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
        for block, element in state.interactive(surface.blocks):
            if block["block_id"] == name and element["type"] in state.FIELDS:
                return block, element
        there = [block["block_id"] for block, element in state.interactive(surface.blocks)]
        raise Refused(404, "block_not_found", f"no input {name!r} there, only {there}")

    def _fill_one(
        self, person: Person, surface: Surface, block: dict[str, Any], element: dict[str, Any], value: Any
    ) -> None:
        seen = {channel.id: channel for channel in self._workspace.seen_by(person)}
        offered = self._offered.get(self._place(person, surface, block, element), [])
        entry = state.chosen(element, value, people=self._workspace.people, channels=seen, offered=offered)
        surface.values(person.id).setdefault(block["block_id"], {})[element["action_id"]] = entry
        if surface.view is not None:
            surface.view.errors.pop(block["block_id"], None)

    def _place(
        self, person: Person, surface: Surface, block: dict[str, Any], element: dict[str, Any]
    ) -> tuple[str, str, str, str]:
        name = (
            surface.view.id
            if surface.view
            else f"{surface.message.channel}/{surface.message.ts}"
            if surface.message
            else ""
        )
        return person.id, name, block["block_id"], element["action_id"]

    async def options(
        self, person: Person, container: Any, action_id: str | None, block_id: str | None, query: str
    ) -> Reply:
        """Asks the bot what an external select offers: `block_suggestion`."""
        self._check_interactive()
        surface = self.surface(person, container)
        block, element = state.find(surface.blocks, action_id, block_id)
        if element["type"] not in ("external_select", "multi_external_select"):
            raise Refused(409, "not_external", f"{element['action_id']} is a {element['type']}")
        if not self._workspace.manifest.loads_options:
            raise Refused(
                409,
                "no_options_load_url",
                "the app's settings have no Options Load URL (message_menu_options_url)",
            )
        if len(query) < element.get("min_query_length", 3):
            raise Refused(
                409, "query_too_short", f"Slack asks from {element.get('min_query_length', 3)} characters on"
            )
        payload = payloads.base("block_suggestion", person, self._token)
        payload |= {"action_id": element["action_id"], "block_id": block["block_id"], "value": query}
        if surface.view is not None:
            payloads.in_view(payload, surface.view)
        else:
            assert surface.channel is not None
            assert surface.message is not None
            payloads.in_message(payload, surface.channel, surface.message)
        reply = await self._delivery.interaction("options", payload)
        if reply.delivered and isinstance(reply.body, dict):
            problems: Problems = []
            OPTION_ANSWER(reply.body, (), problems)
            if problems or not reply.body:
                return Reply(
                    reply.status, reply.body, reply.took_ms, "invalid_options: " + "; ".join(problems)
                )
            place = self._place(person, surface, block, element)
            # What was offered earlier stays valid: people search for several things in one select.
            known = self._offered.setdefault(place, [])
            known[:0] = state.options_of(reply.body)
            del known[500:]
            if len(self._offered) > 1000:
                del self._offered[next(iter(self._offered))]
        return reply

    # -- modals ---------------------------------------------------------------------------------------

    async def submit(self, person: Person, view_id: str, values: Any) -> Reply:
        """Submits a modal: `view_submission`. Raises Refused (409) while Slack's own checks complain."""
        self._check_interactive()
        view = self.own_view(person, view_id)
        if view.body["type"] != "modal" or not view.body["submit"]:
            raise Refused(409, "no_submit", "this view has no submit button")
        self._fill(person, Surface(view=view), values or {})
        if said := state.complaints(view.body["blocks"], view.state):
            view.errors = said
            self._show(view)
            raise Refused(
                409,
                "invalid_input",
                "; ".join(f"{block}: {words}" for block, words in said.items()),
                errors=said,
            )
        payload = payloads.base("view_submission", person, self._token)
        payload["trigger_id"] = self._workspace.views.trigger(person.id, view.id)
        payload["view"] = view.json()
        payload["response_urls"] = self._response_urls(person, view)
        reply = await self._delivery.interaction("submit", payload)
        if not reply.delivered:
            self._toast(person, TROUBLE)
            return reply
        try:
            self._answer_submission(view, reply.body)
        except SlackError as error:
            # Slack shows the person its own words and logs the reason only in the app's settings.
            self._toast(person, TROUBLE)
            return Reply(reply.status, reply.body, reply.took_ms, f"invalid_answer: {_reason(error)}")
        return reply

    def _response_urls(self, person: Person, view: View) -> list[dict[str, Any]]:
        given = []
        for block, element in state.interactive(view.body["blocks"]):
            if not element.get("response_url_enabled"):
                continue
            entry = view.state[block["block_id"]][element["action_id"]]
            channel = self._workspace.channels.get(
                entry.get("selected_conversation") or entry.get("selected_channel") or ""
            )
            if channel is not None:
                given.append(
                    {
                        "block_id": block["block_id"],
                        "action_id": element["action_id"],
                        "channel_id": channel.id,
                        "response_url": f"{self._url}/response/{self._responses.give(channel, person.id)}",
                    }
                )
        return given

    def _answer_submission(self, view: View, answer: Any) -> None:
        views = self._workspace.views
        if answer in ("", None, {}):
            if view.id in views.open:
                views.close(view)
                self._show(view)
            return
        if not isinstance(answer, dict):
            raise SlackError("invalid_json")
        match answer.get("response_action"):
            case "errors":
                self._show_errors(view, answer.get("errors"))
            case "update":
                views.update(view, answer.get("view") or {}, None)
            case "push":
                views.push_on(view.user, answer.get("view") or {})
            case "clear":
                views.clear(view.user)
            case other:
                raise SlackError(f"invalid_response_action {other!r}")
        self._show(view)

    def _show_errors(self, view: View, errors: Any) -> None:
        inputs = {block["block_id"] for block in view.body["blocks"] if block["type"] == "input"}
        if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
            raise SlackError(f"invalid_errors: each belongs to one of the inputs {sorted(inputs)}")
        if not all(isinstance(words, str) and words for words in errors.values()):
            raise SlackError("invalid_errors: each is a text")
        view.errors = dict(errors)

    async def close(self, person: Person, view_id: str, *, everything: bool) -> Reply | None:
        """Closes a modal, or with it all below: `view_closed` when it asked for it."""
        view = self.own_view(person, view_id)
        if view.body["type"] != "modal":
            raise Refused(409, "no_modal", "a Home tab cannot be closed")
        views = self._workspace.views
        cleared = everything or bool(view.body["clear_on_close"])
        views.clear(person.id) if cleared else views.close(view)
        self._show(view)
        if not view.body["notify_on_close"]:
            return None
        payload = payloads.base("view_closed", person, self._token)
        payload |= {"view": view.json(), "is_cleared": cleared}
        return await self._delivery.interaction("close", payload)

    def _show(self, view: View) -> None:
        self._workspace.changed("view", users={view.user}, view=view.id)

    # -- shortcuts ------------------------------------------------------------------------------------

    def _shortcut_exists(self, callback_id: str, kind: str) -> None:
        manifest = self._workspace.manifest
        if manifest.document is None:
            return
        self._check_interactive()
        if not any(
            entry["callback_id"] == callback_id and entry["type"] == kind for entry in manifest.shortcuts
        ):
            raise Refused(404, "shortcut_not_found", f"the app has no {kind} shortcut {callback_id}")

    async def shortcut(self, person: Person, callback_id: str) -> Reply:
        """A global shortcut."""
        self._shortcut_exists(callback_id, "global")
        payload = payloads.base("shortcut", person, self._token)
        payload["callback_id"] = callback_id
        payload["trigger_id"] = self._workspace.views.trigger(person.id)
        payload["action_ts"] = self._workspace.clock.next()
        # A global shortcut happens nowhere: Slack leaves the names of the person to `username`.
        del payload["api_app_id"], payload["user"]["name"]
        reply = await self._delivery.interaction("shortcut", payload)
        if not reply.delivered:
            self._toast(person, _failed_words(reply))
        return reply

    async def message_shortcut(self, person: Person, callback_id: str, channel_id: str, ts: str) -> Reply:
        """A message shortcut."""
        self._shortcut_exists(callback_id, "message")
        channel = self._workspace.joined(person, channel_id)
        message = self._workspace.message_seen(person, channel, ts)
        if message.only_for is not None:
            raise Refused(409, "ephemeral", "a message that only one person sees has no shortcuts")
        payload = payloads.base("message_action", person, self._token)
        del payload["api_app_id"], payload["user"]["username"]
        payload |= {
            "callback_id": callback_id,
            "action_ts": self._workspace.clock.next(),
            "trigger_id": self._workspace.views.trigger(person.id),
            "response_url": f"{self._url}/response/{self._responses.give(channel, person.id, message)}",
            "message_ts": message.ts,
            "channel": payloads.about_channel(channel),
            "message": message.body,
        }
        reply = await self._delivery.interaction("shortcut", payload)
        if not reply.delivered:
            slackbot(self._workspace, channel, person.id, _failed_words(reply))
        return reply


def _reason(error: SlackError) -> str:
    return "; ".join([error.error, *error.extra.get("errors", [])])


def _failed_words(reply: Reply) -> str:
    if reply.status is not None:
        return f"This app responded with Status Code {reply.status}."
    return (
        "This app did not respond in time."
        if reply.failure == "operation_timeout"
        else "This app did not respond."
    )
