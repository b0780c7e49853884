"""files.*: the upload in three steps, and what was uploaded."""

from playground.blocks import message_blocks
from playground.channels import Channel
from playground.errors import SlackError
from playground.files import File
from playground.people import BOT_USER
from playground.posting import bot_body, post

from .call import Answer, Call, Family, Method

MOST_BYTES = 1024 * 1024 * 1024


def get_upload_url(call: Call) -> Answer:
    """First step: an address for the bytes."""
    name = call.text("filename")
    length = call.number("length", 0)
    if length < 1:
        raise SlackError("invalid_arguments")
    if length > MOST_BYTES:
        raise SlackError("file_upload_size_restricted")
    file = File(
        call.workspace.ids.next("F"), name, length, call.address.url, alt_text=call.text("alt_txt", "")
    )
    call.workspace.files[file.id] = file
    return {"ok": True, "upload_url": f"{call.address.url}/upload/{file.id}", "file_id": file.id}


def complete_upload(call: Call) -> Answer:
    """Third step: the file is there for the bot, and shared when a channel is given."""
    workspace = call.workspace
    wanted = call.objects("files") or []
    if not wanted:
        raise SlackError("invalid_arguments")
    files = []
    for entry in wanted:
        file = workspace.files.get(str(entry.get("id", "")))
        if file is None or file.completed:
            raise SlackError("file_not_found")
        if file.content is None:
            raise SlackError("file_update_failed")
        file.title = str(entry.get("title") or file.name)
        files.append(file)
    targets = [call.optional("channel_id")] if call.optional("channel_id") else []
    if call.optional("channels"):
        targets = [*call.names("channels")]
    channels = [_shareable(call, str(target)) for target in targets]
    for file in files:
        file.completed = True
    for channel in channels:
        _share(call, channel, files)
    return {"ok": True, "files": [file.json() if channels else _short(file) for file in files]}


def _short(file: File) -> dict[str, str]:
    return {"id": file.id, "title": file.title}


def _shareable(call: Call, name: str) -> Channel:
    channel = call.workspace.channel(name)
    if BOT_USER not in channel.members:
        raise SlackError("not_in_channel")
    if channel.is_archived:
        raise SlackError("is_archived")
    return channel


def _share(call: Call, channel: Channel, files: list[File]) -> None:
    workspace = call.workspace
    blocks = message_blocks(call.json("blocks", "invalid_blocks_format"), workspace.ids, workspace.files)
    body = bot_body(workspace, call.text("initial_comment", ""), blocks)
    body |= {"upload": False, "display_as_bot": False, "files": [file.json() for file in files]}
    message = post(
        workspace,
        channel,
        BOT_USER,
        body,
        thread_ts=call.optional("thread_ts"),
        event_subtype="file_share",
    )
    for file in files:
        file.shares.setdefault(channel.id, []).append(message.ts)
        event = {
            "type": "file_shared",
            "channel_id": channel.id,
            "file_id": file.id,
            "user_id": BOT_USER,
            "file": {"id": file.id},
            "event_ts": workspace.clock.next(),
        }
        workspace.announce("file_shared", event)
    message.body["files"] = [file.json() for file in files]


def _file(call: Call) -> File:
    file = call.workspace.files.get(call.text("file"))
    if file is None or not file.completed:
        raise SlackError("file_not_found")
    return file


def info(call: Call) -> Answer:
    """One file."""
    file = _file(call)
    return {"ok": True, "file": file.json(), "comments": [], "response_metadata": {"next_cursor": ""}}


def list_files(call: Call) -> Answer:
    """All files, or those of a channel or a user, the newest first."""
    channel, user = call.optional("channel"), call.optional("user")
    found = [
        file
        for file in reversed(call.workspace.files.values())
        if file.completed and (not channel or channel in file.shares) and (not user or file.user == user)
    ]
    count = max(1, call.number("count", 100))
    number = max(1, call.number("page", 1))
    shown = found[(number - 1) * count : number * count]
    paging = {"count": count, "total": len(found), "page": number, "pages": -(-len(found) // count) or 1}
    return {"ok": True, "files": [file.json() for file in shown], "paging": paging}


def delete(call: Call) -> Answer:
    """Takes a file away, from the messages that share it too."""
    workspace = call.workspace
    file = _file(call)
    if file.user != BOT_USER:
        raise SlackError("cant_delete_file")
    del workspace.files[file.id]
    for channel_id, times in file.shares.items():
        channel = workspace.channels[channel_id]
        for ts in times:
            message = channel.messages.get(ts)
            if message is not None:
                kept = [entry for entry in message.body.get("files", []) if entry["id"] != file.id]
                message.body["files"] = [*kept, {"id": file.id, "mode": "tombstone"}]
        workspace.changed("channel", channel=channel)
    event = {"type": "file_deleted", "file_id": file.id, "event_ts": workspace.clock.next()}
    workspace.announce("file_deleted", event)
    return {"ok": True}


METHODS: Family = {
    "files.getUploadURLExternal": Method(get_upload_url, "files:write", 4),
    "files.completeUploadExternal": Method(complete_upload, "files:write", 4),
    "files.info": Method(info, "files:read", 4),
    "files.list": Method(list_files, "files:read", 3),
    "files.delete": Method(delete, "files:write", 3),
}
