"""conversations.*: channels, their members and what was said in them."""

import bisect
from collections.abc import Iterable
from typing import Any

from playground import membership
from playground.channels import Channel
from playground.errors import SlackError
from playground.messages import Message
from playground.people import BOT_USER

from .call import Answer, Call, Family, Method, make_cursor, missing, page, read_cursor

MOST_INVITED = 100


def _need(call: Call, channel: Channel, verb: str) -> None:
    """The scope for a kind of channel, e.g. `channels:manage` or `groups:write`."""
    family = channel.scope_family
    wanted = "manage" if family == "channels" and verb == "write" else verb
    call.need(f"{family}:{wanted}")


def _member_channel(call: Call, verb: str = "write") -> Channel:
    """A channel that the bot may change: it is in it, and it is open."""
    channel = call.channel()
    _need(call, channel, verb)
    if channel.is_im:
        raise SlackError("method_not_supported_for_channel_type")
    if BOT_USER not in channel.members:
        raise SlackError("not_in_channel")
    if channel.is_archived:
        raise SlackError("is_archived")
    return channel


def create(call: Call) -> Answer:
    """A new channel with the bot as its only member."""
    private = call.flag("is_private")
    call.need("groups:write" if private else "channels:manage")
    name = call.text("name", "")
    channel = membership.create(call.workspace, name, by=BOT_USER, private=private)
    return {"ok": True, "channel": channel.json(BOT_USER)}


def info(call: Call) -> Answer:
    """What there is to know of one channel."""
    channel = call.channel()
    _need(call, channel, "read")
    return {"ok": True, "channel": channel.json(BOT_USER, num_members=call.flag("include_num_members"))}


def _types(call: Call) -> set[str]:
    types = set(call.names("types")) if call.optional("types") else {"public_channel"}
    if types - {"public_channel", "private_channel", "im", "mpim"}:
        raise SlackError("invalid_types")
    for kind, scope in (
        ("public_channel", "channels:read"),
        ("private_channel", "groups:read"),
        ("im", "im:read"),
        ("mpim", "mpim:read"),
    ):
        if kind in types:
            call.need(scope)
    return types


def _list(call: Call, channels: Iterable[Channel]) -> Answer:
    types = _types(call)
    hide_archived = call.flag("exclude_archived")
    found = [
        channel
        for channel in channels
        if channel.type_name in types and not (hide_archived and channel.is_archived)
    ]
    shown, cursor = page(found, call, 1000)
    listed = [channel.json(BOT_USER, num_members=not channel.is_im) for channel in shown]
    return {"ok": True, "channels": listed, "response_metadata": {"next_cursor": cursor}}


def list_channels(call: Call) -> Answer:
    """All public channels and the private ones of the bot."""
    everything = call.workspace.channels.values()
    return _list(
        call,
        (
            channel
            for channel in everything
            if not (channel.is_private or channel.is_im) or BOT_USER in channel.members
        ),
    )


def users_conversations(call: Call) -> Answer:
    """The channels of the bot, or those of somebody that the bot may know of."""
    user = call.optional("user") or BOT_USER
    call.workspace.user(user)
    everything = call.workspace.channels.values()
    return _list(
        call,
        (
            channel
            for channel in everything
            if user in channel.members
            and (BOT_USER in channel.members or not (channel.is_private or channel.is_im))
        ),
    )


def members(call: Call) -> Answer:
    """The ids of who is in the channel."""
    channel = call.channel()
    _need(call, channel, "read")
    shown, cursor = page(list(channel.members), call, 1000)
    return {"ok": True, "members": shown, "response_metadata": {"next_cursor": cursor}}


def join(call: Call) -> Answer:
    """The bot goes into a public channel."""
    call.need("channels:join")
    channel = call.channel()
    if channel.is_private or channel.is_im:
        raise SlackError("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise SlackError("is_archived")
    if BOT_USER in channel.members:
        warning = "already_in_channel"
        return {
            "ok": True,
            "channel": channel.json(BOT_USER),
            "warning": warning,
            "response_metadata": {"warnings": [warning]},
        }
    membership.join(call.workspace, channel, BOT_USER)
    return {"ok": True, "channel": channel.json(BOT_USER)}


def _uninvitable(call: Call, channel: Channel, user: str) -> str | None:
    person = call.workspace.people.get(user)
    if person is None or person.deleted:
        return "user_not_found"
    if user == BOT_USER:
        return "cant_invite_self"
    if user in channel.members:
        return "already_in_channel"
    if person.is_ultra_restricted:
        return "user_is_ultra_restricted"
    return None


def invite(call: Call) -> Answer:
    """The bot brings people into its channel: all or none, unless `force` brings those that it can."""
    channel = _member_channel(call, "write")
    users = list(dict.fromkeys(user for user in call.names("users") if user))
    if not users:
        raise SlackError("no_user")
    if len(users) > MOST_INVITED:
        raise SlackError("too_many_users")
    errors: list[dict[str, Any]] = []
    for user in users:
        if error := _uninvitable(call, channel, user):
            errors.append({"user": user, "ok": False, "error": error})
    good = [user for user in users if user not in {entry["user"] for entry in errors}]
    if errors and (not call.flag("force") or not good):
        raise SlackError(errors[0]["error"], errors=errors)
    for user in good:
        membership.join(call.workspace, channel, user, inviter=BOT_USER)
    answer: Answer = {"ok": True, "channel": channel.json(BOT_USER)}
    return answer | ({"errors": errors} if errors else {})


def kick(call: Call) -> Answer:
    """The bot puts somebody out of its channel."""
    channel = _member_channel(call)
    user = call.text("user")
    call.workspace.user(user)
    if user == BOT_USER:
        raise SlackError("cant_kick_self")
    if channel.is_general:
        raise SlackError("cant_kick_from_general")
    if user not in channel.members:
        raise SlackError("not_in_channel")
    membership.leave(call.workspace, channel, user)
    return {"ok": True, "errors": {}}


def leave(call: Call) -> Answer:
    """The bot goes out of a channel."""
    channel = call.channel()
    _need(call, channel, "write")
    if channel.is_im:
        raise SlackError("method_not_supported_for_channel_type")
    if BOT_USER not in channel.members:
        return {"ok": False, "not_in_channel": True}
    if channel.is_general:
        raise SlackError("cant_leave_general")
    if channel.is_archived:
        raise SlackError("is_archived")
    membership.leave(call.workspace, channel, BOT_USER)
    return {"ok": True}


def open_im(call: Call) -> Answer:
    """The direct messages with one person."""
    call.need("im:write")
    if call.optional("channel"):
        channel = call.channel()
        if not channel.is_im:
            raise SlackError("method_not_supported_for_channel_type")
    elif call.optional("users"):
        users = [user for user in call.names("users") if user]
        if any(user not in call.workspace.people for user in users):
            raise SlackError("user_not_found")
        if len(users) > 8:
            raise SlackError("too_many_users")
        if len(users) != 1:
            # The playground knows no direct messages of several people.
            raise SlackError("not_enough_users" if not users else "method_not_supported_for_channel_type")
        if users[0] == BOT_USER:
            raise SlackError("cannot_dm_bot")
        if call.workspace.people[users[0]].deleted:
            raise SlackError("user_disabled")
        pair = frozenset((BOT_USER, users[0]))
        known = pair in call.workspace.ims
        channel = call.workspace.im(BOT_USER, users[0])
        if call.flag("return_im"):
            return {"ok": True, "no_op": known, "already_open": known, "channel": channel.json(BOT_USER)}
    else:
        raise SlackError("users_list_not_supplied")
    return {"ok": True, "channel": {"id": channel.id}}


def _window(call: Call, times: list[str]) -> tuple[int, int]:
    """The part of the times between `oldest` and `latest`."""
    inclusive = call.flag("inclusive")
    oldest, latest = call.optional("oldest"), call.optional("latest")
    begin, end = 0, len(times)
    if oldest:
        side = bisect.bisect_left if inclusive else bisect.bisect_right
        begin = side(times, _ts(oldest, "oldest"))
    if latest:
        side = bisect.bisect_right if inclusive else bisect.bisect_left
        end = side(times, _ts(latest, "latest"))
    return begin, max(begin, end)


def _ts(given: str, name: str) -> str:
    """A time in the form of message times, so that they sort as text: `1732159876` too is allowed."""
    seconds, _, fraction = given.partition(".")
    if not seconds.isdigit() or (fraction and not fraction.isdigit()):
        raise SlackError(f"invalid_ts_{name}")
    return f"{int(seconds):010d}.{fraction[:6]:0<6}"


def _limit(call: Call, default: int) -> int:
    limit = call.number("limit", default)
    if not 1 <= limit <= 999:
        raise SlackError("invalid_limit")
    return limit


def _show(call: Call, messages: list[Message]) -> list[dict[str, Any]]:
    if call.flag("include_all_metadata"):
        return [message.with_metadata() for message in messages]
    return [message.body for message in messages]


def _readable(call: Call) -> Channel:
    channel = call.channel()
    _need(call, channel, "history")
    if BOT_USER not in channel.members:
        raise SlackError("not_in_channel")
    return channel


def history(call: Call) -> Answer:
    """What was said in the channel itself, the newest first."""
    channel = _readable(call)
    limit = _limit(call, 100)
    begin, end = _window(call, channel.timeline)
    cursor = call.optional("cursor")
    # With `oldest` alone Slack begins at the old end of the window, otherwise at the new one.
    forward = call.optional("oldest") is not None and call.optional("latest") is None
    if forward:
        after = read_cursor(cursor, "from_ts")
        start = begin if after is None else max(begin, bisect.bisect_left(channel.timeline, after))
        stop = min(end, start + limit)
        more = stop < end
        next_cursor = make_cursor("from_ts", channel.timeline[stop]) if more else ""
    else:
        before = read_cursor(cursor, "next_ts")
        stop = end if before is None else max(begin, min(end, bisect.bisect_right(channel.timeline, before)))
        start = max(begin, stop - limit)
        more = start > begin
        next_cursor = make_cursor("next_ts", channel.timeline[start - 1]) if more else ""
    times = channel.timeline[start:stop]
    messages = [channel.messages[ts] for ts in reversed(times)]
    answer: Answer = {
        "ok": True,
        "messages": _show(call, messages),
        "has_more": more,
        "pin_count": len(channel.pins),
        "channel_actions_ts": None,
        "channel_actions_count": 0,
    }
    if more:
        answer["response_metadata"] = {"next_cursor": next_cursor}
    return answer


def replies(call: Call) -> Answer:
    """A thread: its parent first, then the replies, the oldest first."""
    channel = _readable(call)
    parent = channel.messages.get(call.text("ts"))
    if parent is None:
        raise SlackError("thread_not_found")
    thread = str(parent.thread_ts) if parent.is_reply else parent.ts
    times = channel.threads.get(thread, [])
    limit = _limit(call, 999)
    begin, end = _window(call, times)
    after = read_cursor(call.optional("cursor"), "next_ts")
    if after is not None:
        begin = max(begin, bisect.bisect_left(times, after))
    stop = min(end, begin + limit)
    shown = [channel.messages[ts] for ts in times[begin:stop] if ts in channel.messages]
    if thread in channel.messages:
        shown.insert(0, channel.messages[thread])
    more = stop < end
    answer: Answer = {"ok": True, "messages": _show(call, shown), "has_more": more}
    if more:
        answer["response_metadata"] = {"next_cursor": make_cursor("next_ts", times[stop])}
    return answer


def _set_line(call: Call, part: str) -> Answer:
    channel = _member_channel(call)
    if part not in call.args:
        raise missing(part)
    membership.set_line(call.workspace, channel, part, call.text(part, ""), by=BOT_USER)
    return {"ok": True, "channel": channel.json(BOT_USER)}


def set_topic(call: Call) -> Answer:
    """The line above the channel."""
    return _set_line(call, "topic")


def set_purpose(call: Call) -> Answer:
    """What the channel is for."""
    return _set_line(call, "purpose") | {"purpose": call.text("purpose", "")}


def rename(call: Call) -> Answer:
    """Another name. Slack lets only members do it."""
    channel = _member_channel(call)
    if channel.is_general:
        raise SlackError("not_authorized")
    membership.rename(call.workspace, channel, call.text("name", ""), by=BOT_USER)
    return {"ok": True, "channel": channel.json(BOT_USER)}


def archive(call: Call) -> Answer:
    """Closes the channel."""
    channel = call.channel()
    _need(call, channel, "write")
    if channel.is_im:
        raise SlackError("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise SlackError("already_archived")
    if channel.is_general:
        raise SlackError("cant_archive_general")
    if BOT_USER not in channel.members:
        raise SlackError("not_in_channel")
    membership.archive(call.workspace, channel, by=BOT_USER, archived=True)
    return {"ok": True}


def unarchive(call: Call) -> Answer:
    """Opens a closed channel. Slack refuses this to bot users that are no longer members."""
    channel = call.channel()
    _need(call, channel, "write")
    if not channel.is_archived:
        raise SlackError("not_archived")
    if BOT_USER not in channel.members:
        raise SlackError("not_in_channel")
    membership.archive(call.workspace, channel, by=BOT_USER, archived=False)
    return {"ok": True}


METHODS: Family = {
    "conversations.create": Method(create, None, 2),
    "conversations.info": Method(info, None, 3),
    "conversations.list": Method(list_channels, None, 2),
    "conversations.members": Method(members, None, 4),
    "conversations.join": Method(join, None, 3),
    "conversations.invite": Method(invite, None, 3),
    "conversations.kick": Method(kick, None, 3),
    "conversations.leave": Method(leave, None, 3),
    "conversations.open": Method(open_im, None, 3),
    "conversations.history": Method(history, None, 3),
    "conversations.replies": Method(replies, None, 3),
    "conversations.setTopic": Method(set_topic, None, 2),
    "conversations.setPurpose": Method(set_purpose, None, 2),
    "conversations.rename": Method(rename, None, 2),
    "conversations.archive": Method(archive, None, 2),
    "conversations.unarchive": Method(unarchive, None, 2),
    "users.conversations": Method(users_conversations, None, 3),
}
