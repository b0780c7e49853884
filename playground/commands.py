"""Slash commands, and what Slack shows of the bot's answer."""

import time
from typing import Any

from .delivery import Delivery, Reply
from .errors import Refused, SlackError
from .messages import typed
from .people import APP_ID, TEAM_DOMAIN, TEAM_ID, Person
from .posting import slackbot
from .responses import Responses, ResponseUrl, respond
from .workspace import Workspace


class Commands:
    """The slash commands that people type."""

    def __init__(
        self, workspace: Workspace, delivery: Delivery, responses: Responses, url: str, token: str
    ) -> None:
        self._workspace = workspace
        self._delivery = delivery
        self._responses = responses
        self._url = url
        self._token = token

    async def run(self, person: Person, channel_id: str, line: str, thread_ts: str | None) -> Reply:
        """Sends a command line and shows the answer.

        Raises Refused for a command that the app does not have. Slack knows no commands within threads.
        """
        channel = self._workspace.writable(person, channel_id)
        name, _, text = line.strip().partition(" ")
        if not name.startswith("/"):
            raise Refused(400, "no_command", "a command begins with a slash")
        if thread_ts is not None:
            words = f"{name} is not supported in threads. Sorry!"
            slackbot(self._workspace, channel, person.id, words, thread_ts)
            raise Refused(409, "no_commands_in_threads", words)
        try:
            entry = self._workspace.manifest.command(name.lower())
        except Refused:
            slackbot(
                self._workspace,
                channel,
                person.id,
                f"{name} is not a valid command. In Slack, commands begin with a /.",
            )
            raise
        text = text.strip()
        if entry.get("should_escape"):
            text = typed(text, self._workspace.named_person, self._workspace.named_channel, label=True)
        name_of_url = self._responses.give(channel, person.id)
        fields = {
            "token": self._token,
            "team_id": TEAM_ID,
            "team_domain": TEAM_DOMAIN,
            "channel_id": channel.id,
            "channel_name": channel.name_in_payloads,
            "user_id": person.id,
            "user_name": person.name,
            "command": name.lower(),
            "text": text,
            "api_app_id": APP_ID,
            "is_enterprise_install": "false",
            "response_url": f"{self._url}/response/{name_of_url}",
            "trigger_id": self._workspace.views.trigger(person.id),
        }
        reply = await self._delivery.command(fields)
        if not reply.delivered:
            slackbot(self._workspace, channel, person.id, _failed_words(name, reply))
            return reply
        where = ResponseUrl(channel.id, person.id, time.monotonic())
        try:
            self._show(where, reply.body)
        except SlackError as error:
            words = f'{name} failed with the error "{error.error}"'
            slackbot(self._workspace, channel, person.id, words)
            return Reply(
                reply.status, reply.body, reply.took_ms, f"invalid_answer: {error.error} {error.extra}"
            )
        return reply

    def _show(self, where: ResponseUrl, answer: Any) -> None:
        if answer in ("", None, {}):
            return
        if isinstance(answer, str):
            answer = {"text": answer}
        respond(self._workspace, where, answer)


def _failed_words(command: str, reply: Reply) -> str:
    if reply.failure == "app_did_not_respond":
        return f"{command} failed because the app did not respond. Try again or contact the app owner. (app_did_not_respond)"
    error = "dispatch_failed" if reply.failure == "connection_failed" else reply.failure
    return f'{command} failed with the error "{error}"'
