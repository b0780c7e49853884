"""Channels: names, members, and who sees what."""

import pytest
from slack_cast import GENERAL, INCIDENTS, PAYMENTS, Control, Someone, refused
from slack_sdk.web.async_client import AsyncWebClient


async def test_a_channel_from_its_creation_to_its_archive(client: AsyncWebClient, ada: Someone) -> None:
    channel = (await client.conversations_create(name="inc-7-checkout"))["channel"]["id"]
    await client.conversations_invite(channel=channel, users=[ada.id, "U01BEN"])
    await client.conversations_setTopic(channel=channel, topic="Sev 1")
    await client.conversations_setTopic(channel=channel, topic="Sev 1")
    await client.conversations_rename(channel=channel, name="inc-7-payments")
    await client.conversations_archive(channel=channel)
    assert await ada.texts(channel) == [
        "<@U0TOCSIN> has joined the channel",
        "<@U01ADA> has joined the channel",
        "<@U01BEN> has joined the channel",
        "set the channel topic: Sev 1",
        'has renamed the channel from "inc-7-checkout" to "inc-7-payments"',
        "archived the channel",
    ]
    assert await refused(client.chat_postMessage(channel=channel, text="x")) == "is_archived"
    assert await refused(client.conversations_create(name="inc-7-payments")) == "name_taken"


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("", "invalid_name_required"),
        ("x" * 81, "invalid_name_maxlength"),
        ("Inc", "invalid_name_specials"),
        ("inc 1", "invalid_name_specials"),
        ("inc.1", "invalid_name_specials"),
        ("---", "invalid_name_punctuation"),
        ("general", "name_taken"),
    ],
)
async def test_names_that_slack_refuses(client: AsyncWebClient, name: str, error: str) -> None:
    assert await refused(client.conversations_create(name=name)) == error


@pytest.mark.parametrize(
    ("users", "error"),
    [
        (["U01ADA"], "already_in_channel"),
        (["UNOBODY"], "user_not_found"),
        (["U0TOCSIN"], "cant_invite_self"),
        ([f"U{n}" for n in range(101)], "too_many_users"),
    ],
)
async def test_invitations_that_slack_refuses(client: AsyncWebClient, users: list[str], error: str) -> None:
    assert await refused(client.conversations_invite(channel=INCIDENTS, users=users)) == error


async def test_one_bad_name_spoils_an_invitation_unless_it_is_forced(client: AsyncWebClient) -> None:
    channel = (await client.conversations_create(name="inc-1"))["channel"]["id"]
    users = ["U01ADA", "UNOBODY"]
    assert await refused(client.conversations_invite(channel=channel, users=users)) == "user_not_found"
    assert (await client.conversations_members(channel=channel))["members"] == ["U0TOCSIN"]
    forced = await client.conversations_invite(channel=channel, users=users, force=True)
    assert forced["errors"] == [{"user": "UNOBODY", "ok": False, "error": "user_not_found"}]
    assert (await client.conversations_members(channel=channel))["members"] == ["U0TOCSIN", "U01ADA"]


async def test_lists_come_in_pages(client: AsyncWebClient) -> None:
    names = []
    async for page in await client.conversations_list(limit=3):
        names += [channel["name"] for channel in page["channels"]]
    assert names == ["general", "incidents", "payments", "platform"]
    mine = await client.users_conversations()
    assert [channel["name"] for channel in mine["channels"]] == ["general", "incidents"]
    assert await refused(client.conversations_list(cursor="nonsense")) == "invalid_cursor"


async def test_the_bot_joins_a_public_channel(client: AsyncWebClient) -> None:
    assert await refused(client.conversations_history(channel=PAYMENTS)) == "not_in_channel"
    await client.conversations_join(channel=PAYMENTS)
    assert (await client.conversations_info(channel=PAYMENTS))["channel"]["is_member"]
    await client.conversations_leave(channel=PAYMENTS)
    assert not (await client.conversations_info(channel=PAYMENTS))["channel"]["is_member"]


async def test_a_private_channel_does_not_exist_for_others(
    client: AsyncWebClient, ada: Someone, ben: Someone, control: Control
) -> None:
    channel = (await client.conversations_create(name="secret-7", is_private=True))["channel"]["id"]
    await client.conversations_invite(channel=channel, users=ada.id)
    posted = await client.chat_postMessage(channel=channel, text="classified")
    assert await ada.texts(channel)
    unseen = await ben.does("message", 404, channel=channel, text="x")
    assert "secret" not in str(unseen)
    await ben.does("join", 404, channel=channel)
    await ben.does("click", 404, container={"channel": channel, "ts": posted["ts"]}, action_id="x")
    assert (await control.get(f"/people/{ben.id}/messages", channel=channel))["error"] == "channel_not_found"
    assert (await control.get(f"/people/{ben.id}/find", text="classified"))["messages"] == []
    assert "secret-7" not in str(await ben.screen())


async def test_a_private_channel_without_the_bot_does_not_exist_for_it(
    client: AsyncWebClient, control: Control
) -> None:
    made = await control.post("/workspace/channels", name="board", is_private=True, members=["U01ADA"])
    channel = made["channel"]["id"]
    assert await refused(client.conversations_info(channel=channel)) == "channel_not_found"
    assert await refused(client.chat_postMessage(channel=channel, text="x")) == "channel_not_found"


async def test_people_act_only_where_they_are(ada: Someone, hal: Someone) -> None:
    assert (await hal.does("message", 404, channel=GENERAL, text="x"))["error"] == "channel_not_found"
    assert [channel["name"] for channel in (await hal.screen())["channels"]] == ["payments"]


async def test_somebody_joins_and_leaves(ben: Someone) -> None:
    assert (await ben.does("message", 409, channel="C01PLATFORM", text="x"))["error"] == "not_in_channel"
    await ben.does("join", channel="C01PLATFORM")
    await ben.says("hello", channel="C01PLATFORM")
    await ben.does("leave", channel="C01PLATFORM")
    assert (await ben.texts("C01PLATFORM"))[-1] == "<@U01BEN> has left the channel"


async def test_users(client: AsyncWebClient) -> None:
    ada = (await client.users_info(user="U01ADA"))["user"]
    assert (ada["tz"], ada["profile"]["email"]) == ("Europe/Stockholm", "ada@playground.example")
    assert (await client.users_lookupByEmail(email=ada["profile"]["email"]))["user"]["id"] == "U01ADA"
    assert await refused(client.users_lookupByEmail(email="x@y.z")) == "users_not_found"
    assert await refused(client.users_info(user="UNOBODY")) == "user_not_found"
    assert len((await client.users_list())["members"]) == 9


async def test_user_groups(client: AsyncWebClient, control: Control) -> None:
    made = await control.post("/workspace/usergroups", name="On call", handle="oncall", users=["U01ADA"])
    group = made["usergroup"]["id"]
    await client.usergroups_users_update(usergroup=group, users=["U01BEN"])
    assert (await client.usergroups_users_list(usergroup=group))["users"] == ["U01BEN"]
    assert [one["handle"] for one in (await client.usergroups_list())["usergroups"]] == ["oncall"]
    assert await refused(client.usergroups_users_update(usergroup=group, users=["UX"])) == "invalid_users"


async def test_unread_messages_are_counted_until_somebody_looks(client: AsyncWebClient, ada: Someone) -> None:
    async def unread() -> int:
        return next(one["unread"] for one in (await ada.screen())["channels"] if one["id"] == INCIDENTS)

    await client.chat_postMessage(channel=INCIDENTS, text="x")
    assert await unread() == 1
    await ada.reads()
    assert await unread() == 0
