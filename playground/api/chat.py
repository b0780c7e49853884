"""chat.*: messages of the bot."""

import json
from typing import Any

from playground.blocks import message_blocks
from playground.channels import Channel
from playground.errors import SlackError
from playground.messages import Message
from playground.people import BOT_USER
from playground.posting import bot_body, changed_body, delete, edit, post, post_ephemeral

from .call import Answer, Call, Family, Method

MOST_TEXT = 40_000
MOST_METADATA = 8_000
MOST_ATTACHMENTS = 100


def _target(call: Call) -> Channel:
    """Where to post: a channel's id or name, or a user's id for their direct messages."""
    workspace = call.workspace
    name = call.optional("channel")
    if name is None:
        raise SlackError("channel_not_found")
    if name in workspace.people:
        if name == BOT_USER:
            raise SlackError("cannot_dm_bot")
        return workspace.im(BOT_USER, name)
    by_name = workspace.names.get(name.removeprefix("#"))
    return workspace.channel(by_name or name)


def _may_post(call: Call, channel: Channel) -> None:
    if channel.is_archived:
        raise SlackError("is_archived")
    if BOT_USER not in channel.members:
        public = not (channel.is_private or channel.is_im)
        scopes = call.workspace.manifest.scopes
        # Without a manifest the stricter answer: a bot must not rely on a scope that it may not get.
        if not public or scopes is None or "chat:write.public" not in scopes:
            raise SlackError("not_in_channel")
    if channel.is_read_only:
        raise SlackError("restricted_action")
    if channel.is_im and not call.workspace.manifest.messages_tab:
        raise SlackError("messages_tab_disabled")
    if channel.is_im and call.workspace.people[channel.other(BOT_USER)].deleted:
        raise SlackError("user_disabled")


def _content(call: Call) -> tuple[str, list[dict[str, Any]] | None, list[dict[str, Any]] | None]:
    """Text, blocks and attachments. Raises SlackError for a message without any, or of too many characters."""
    text = call.text("text", "")
    blocks = message_blocks(
        call.json("blocks", "invalid_blocks_format"), call.workspace.ids, call.workspace.files
    )
    attachments = call.objects("attachments")
    markdown = call.optional("markdown_text")
    if markdown is not None:
        if text or blocks:
            raise SlackError("markdown_text_conflict")
        if len(markdown) > 12_000:
            raise SlackError("msg_too_long")
        text = markdown
    if len(text) > MOST_TEXT:
        raise SlackError("msg_too_long")
    if len(attachments or []) > MOST_ATTACHMENTS:
        raise SlackError("too_many_attachments")
    for attachment in attachments or []:
        if attachment.get("blocks"):
            attachment["blocks"] = message_blocks(
                attachment["blocks"], call.workspace.ids, call.workspace.files
            )
    return text, blocks, attachments


def _metadata(call: Call) -> dict[str, Any] | None:
    metadata = call.json("metadata", "invalid_metadata_format")
    if metadata is None or metadata == {}:
        return None if metadata is None else {}
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_type"), str):
        raise SlackError("invalid_metadata_format")
    if not metadata["event_type"] or not isinstance(metadata.get("event_payload"), dict):
        raise SlackError("invalid_metadata_format")
    if set(metadata) - {"event_type", "event_payload", "entities"}:
        raise SlackError("invalid_metadata_schema")
    if len(json.dumps(metadata["event_payload"])) > MOST_METADATA:
        raise SlackError("metadata_too_large")
    return {"event_type": metadata["event_type"], "event_payload": metadata["event_payload"]}


def _body(call: Call) -> dict[str, Any]:
    text, blocks, attachments = _content(call)
    if not text.strip() and not blocks and not attachments:
        raise SlackError("no_text")
    body = bot_body(call.workspace, text, blocks)
    if attachments:
        body["attachments"] = [{"id": number, **one} for number, one in enumerate(attachments, 1)]
    customs = {
        name: call.args[name] for name in ("username", "icon_emoji", "icon_url") if call.args.get(name)
    }
    if customs:
        call.need("chat:write.customize")
        body["subtype"] = "bot_message"
        body["username"] = customs.get("username", call.workspace.manifest.name)
        if icon := customs.get("icon_emoji"):
            body["icons"] = {"emoji": icon}
        elif icon := customs.get("icon_url"):
            body["icons"] = {"image_48": icon}
    return body


def _answer(channel: Channel, message: Message) -> Answer:
    return {"ok": True, "channel": channel.id, "ts": message.ts, "message": message.with_metadata()}


def post_message(call: Call) -> Answer:
    """Posts into a channel, a thread or somebody's direct messages."""
    channel = _target(call)
    _may_post(call, channel)
    body = _body(call)
    metadata = _metadata(call)
    message = post(
        call.workspace,
        channel,
        BOT_USER,
        body,
        metadata=metadata or None,
        thread_ts=call.optional("thread_ts"),
        broadcast=call.flag("reply_broadcast"),
    )
    answer = _answer(channel, message)
    if not body["text"]:
        answer["warning"] = "missing_text_in_message"
        answer["response_metadata"] = {"warnings": ["missing_text_in_message"]}
    return answer


def update(call: Call) -> Answer:
    """Replaces text, blocks, attachments or metadata of a message of the bot."""
    channel = call.channel()
    message = call.message(channel, "ts")
    if message.author != BOT_USER or message.body.get("subtype", "bot_message") not in (
        "bot_message",
        "thread_broadcast",
        "me_message",
    ):
        raise SlackError("cant_update_message")
    if channel.is_archived:
        raise SlackError("is_inactive")
    given = {
        name for name in ("text", "blocks", "attachments", "metadata", "markdown_text") if name in call.args
    }
    if not given & {"text", "blocks", "attachments", "markdown_text", "metadata"}:
        raise SlackError("no_text")
    text, blocks, attachments = _content(call)
    body = changed_body(message)
    if "text" in given or "markdown_text" in given:
        body["text"] = text
        if blocks is None:
            body.pop("blocks", None)
    if blocks is not None:
        body["blocks"] = blocks
        if not blocks:
            del body["blocks"]
    if attachments is not None:
        body["attachments"] = [{"id": number, **one} for number, one in enumerate(attachments, 1)]
        if not attachments:
            del body["attachments"]
    if (
        not body.get("text")
        and not body.get("blocks")
        and not body.get("attachments")
        and not body.get("files")
    ):
        raise SlackError("no_text")
    metadata = _metadata(call)
    kept = message.metadata if metadata is None else metadata or None
    # Slack marks a message as edited only when its text is what people read.
    edit(call.workspace, channel, message, body, kept, by=BOT_USER, mark=not body.get("blocks"))
    return {**_answer(channel, message), "text": message.body["text"]}


def delete_message(call: Call) -> Answer:
    """Takes a message of the bot away."""
    channel = call.channel()
    message = call.message(channel, "ts")
    if message.author != BOT_USER:
        raise SlackError("cant_delete_message")
    delete(call.workspace, channel, message)
    return {"ok": True, "channel": channel.id, "ts": message.ts}


def post_ephemeral_message(call: Call) -> Answer:
    """Shows a message to one member of the channel."""
    channel = _target(call)
    user = call.text("user")
    if channel.is_archived:
        raise SlackError("is_archived")
    if BOT_USER not in channel.members:
        raise SlackError("not_in_channel" if not channel.is_private else "channel_not_found")
    if user not in call.workspace.people or user not in channel.members:
        raise SlackError("user_not_in_channel")
    body = _body(call)
    message = post_ephemeral(call.workspace, channel, user, body, call.optional("thread_ts"))
    return {"ok": True, "message_ts": message.ts}


def get_permalink(call: Call) -> Answer:
    """The address of a message."""
    channel = call.channel()
    message = call.message(channel, "message_ts")
    return {"ok": True, "channel": channel.id, "permalink": permalink(call.address.url, channel.id, message)}


def permalink(url: str, channel: str, message: Message) -> str:
    """`…/archives/C1/p1732159876000100`, with the thread for a reply."""
    link = f"{url}/archives/{channel}/p{message.ts.replace('.', '')}"
    return f"{link}?thread_ts={message.thread_ts}&cid={channel}" if message.is_reply else link


METHODS: Family = {
    "chat.postMessage": Method(post_message, "chat:write", 4),
    "chat.update": Method(update, "chat:write", 3),
    "chat.delete": Method(delete_message, "chat:write", 3),
    "chat.postEphemeral": Method(post_ephemeral_message, "chat:write", 4),
    "chat.getPermalink": Method(get_permalink, None, 5),
}
