"""What the bot says, and how it reads what was said."""

import pytest
from slack_cast import GENERAL, INCIDENTS, PAYMENTS, Control, Someone, actions, button, refused, section
from slack_sdk.web.async_client import AsyncWebClient


async def test_people_see_what_the_bot_posts(client: AsyncWebClient, ada: Someone) -> None:
    posted = await client.chat_postMessage(channel=INCIDENTS, text="hello")
    seen = (await ada.reads())[-1]
    assert seen["text"] == "hello"
    assert seen["ts"] == posted["ts"]
    assert seen["user"] == "U0TOCSIN"
    assert seen["permalink"].endswith(f"/archives/{INCIDENTS}/p{posted['ts'].replace('.', '')}")


async def test_times_are_unique_and_rise(client: AsyncWebClient) -> None:
    times = [(await client.chat_postMessage(channel=INCIDENTS, text="x"))["ts"] for _ in range(20)]
    assert times == sorted(set(times))


async def test_slack_completes_blocks(client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel=INCIDENTS, text="x", blocks=[section(), actions(button())])
    first, second = posted["message"]["blocks"]
    assert len(first["block_id"]) == 5
    assert first["text"]["verbatim"] is False
    assert second["elements"][0]["text"]["emoji"] is True


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ({"channel": "CNONE", "text": "x"}, "channel_not_found"),
        ({"channel": PAYMENTS, "text": "x"}, "not_in_channel"),
        ({"channel": INCIDENTS, "text": "x" * 40_001}, "msg_too_long"),
        ({"channel": INCIDENTS, "text": "x", "thread_ts": "1.000000"}, "thread_not_found"),
        ({"channel": INCIDENTS, "text": "x", "metadata": {"event_type": "x"}}, "invalid_metadata_format"),
        ({"channel": "U0TOCSIN", "text": "x"}, "cannot_dm_bot"),
    ],
)
async def test_posts_that_slack_refuses(client: AsyncWebClient, args, error: str) -> None:
    assert await refused(client.chat_postMessage(**args)) == error


async def test_a_user_id_opens_direct_messages(client: AsyncWebClient, ada: Someone, ben: Someone) -> None:
    posted = await client.chat_postMessage(channel=ada.id, text="psst")
    assert posted["channel"].startswith("D")
    assert await ada.texts(posted["channel"]) == ["psst"]
    assert (await ben.screen())["dms"] == []


async def test_text_alone_replaces_blocks_and_marks_the_message_as_edited(
    client: AsyncWebClient, ada: Someone
) -> None:
    posted = await client.chat_postMessage(channel=INCIDENTS, text="x", blocks=[section()])
    await client.chat_update(channel=INCIDENTS, ts=posted["ts"], text="y")
    seen = (await ada.reads())[-1]
    assert (seen["text"], "blocks" in seen, seen["edited"]["user"]) == ("y", False, "U0TOCSIN")


async def test_an_update_with_blocks_is_not_marked_as_edited(client: AsyncWebClient, ada: Someone) -> None:
    posted = await client.chat_postMessage(
        channel=INCIDENTS, text="x", metadata={"event_type": "e", "event_payload": {}}
    )
    await client.chat_update(channel=INCIDENTS, ts=posted["ts"], text="y", blocks=[section("new")])
    seen = (await ada.reads())[-1]
    assert "edited" not in seen
    assert seen["metadata"]["event_type"] == "e"


async def test_the_bot_changes_only_its_own_messages(client: AsyncWebClient, ada: Someone) -> None:
    said = await ada.says("mine")
    assert (
        await refused(client.chat_update(channel=INCIDENTS, ts=said["ts"], text="x")) == "cant_update_message"
    )
    assert await refused(client.chat_delete(channel=INCIDENTS, ts=said["ts"])) == "cant_delete_message"


async def test_a_deleted_message_is_gone(client: AsyncWebClient, ada: Someone) -> None:
    posted = await client.chat_postMessage(channel=INCIDENTS, text="x")
    await client.chat_delete(channel=INCIDENTS, ts=posted["ts"])
    assert "x" not in await ada.texts()
    assert (
        await refused(client.chat_update(channel=INCIDENTS, ts=posted["ts"], text="x")) == "message_not_found"
    )


async def test_only_one_person_sees_an_ephemeral_message(
    client: AsyncWebClient, ada: Someone, ben: Someone
) -> None:
    shown = await client.chat_postEphemeral(channel=INCIDENTS, user=ada.id, text="just you")
    assert (await ada.reads())[-1]["ephemeral"] is True
    assert "just you" not in await ben.texts()
    assert (await client.conversations_history(channel=INCIDENTS))["messages"] == []
    gone = client.chat_update(channel=INCIDENTS, ts=shown["message_ts"], text="x")
    assert await refused(gone) == "message_not_found"
    stranger = client.chat_postEphemeral(channel=INCIDENTS, user="U01HAL", text="x")
    assert await refused(stranger) == "user_not_in_channel"


async def test_a_thread_counts_its_replies(client: AsyncWebClient, ada: Someone) -> None:
    parent = await client.chat_postMessage(channel=INCIDENTS, text="parent")
    reply = await ada.says("reply", thread_ts=parent["ts"])
    await client.chat_postMessage(channel=INCIDENTS, text="both", thread_ts=reply["ts"], reply_broadcast=True)
    assert await ada.texts() == ["parent", "both"]
    assert await ada.texts(thread_ts=parent["ts"]) == ["parent", "reply", "both"]
    seen = (await ada.reads())[0]
    assert (seen["reply_count"], seen["reply_users"]) == (2, [ada.id, "U0TOCSIN"])
    replies = await client.conversations_replies(channel=INCIDENTS, ts=parent["ts"], limit=1)
    assert [message["text"] for message in replies["messages"]] == ["parent", "reply"]
    assert replies["has_more"]
    further = await client.conversations_replies(
        channel=INCIDENTS, ts=parent["ts"], cursor=replies["response_metadata"]["next_cursor"]
    )
    assert [message["text"] for message in further["messages"]] == ["parent", "both"]


async def test_history_comes_in_pages_the_newest_first(client: AsyncWebClient) -> None:
    times = [(await client.chat_postMessage(channel=INCIDENTS, text=str(n)))["ts"] for n in range(5)]
    texts = []
    async for page in await client.conversations_history(channel=INCIDENTS, limit=2):
        texts += [message["text"] for message in page["messages"]]
    assert texts == ["4", "3", "2", "1", "0"]
    window = await client.conversations_history(channel=INCIDENTS, oldest=times[1], latest=times[3])
    assert [message["text"] for message in window["messages"]] == ["2"]
    window = await client.conversations_history(
        channel=INCIDENTS, oldest=times[1], latest=times[3], inclusive=True
    )
    assert [message["text"] for message in window["messages"]] == ["3", "2", "1"]
    forward = []
    async for page in await client.conversations_history(channel=INCIDENTS, oldest=times[0], limit=2):
        forward.append([message["text"] for message in page["messages"]])
    assert forward == [["2", "1"], ["4", "3"]]


async def test_metadata_is_shown_only_when_asked_for(client: AsyncWebClient) -> None:
    about = {"event_type": "outbox", "event_payload": {"id": "7"}}
    await client.chat_postMessage(channel=INCIDENTS, text="x", metadata=about)
    plainly = await client.conversations_history(channel=INCIDENTS)
    asked = await client.conversations_history(channel=INCIDENTS, include_all_metadata=True)
    assert "metadata" not in plainly["messages"][0]
    assert asked["messages"][0]["metadata"] == about


async def test_pins_and_reactions(client: AsyncWebClient, ada: Someone) -> None:
    posted = await client.chat_postMessage(channel=INCIDENTS, text="x")
    where = {"channel": INCIDENTS, "timestamp": posted["ts"]}
    await client.pins_add(**where)
    assert await refused(client.pins_add(**where)) == "already_pinned"
    assert [item["message"]["text"] for item in (await client.pins_list(channel=INCIDENTS))["items"]] == ["x"]
    assert (await ada.reads())[-1]["pinned"] is True
    await client.pins_remove(**where)
    assert await refused(client.pins_remove(**where)) == "no_pin"
    await client.reactions_add(name="eyes", **where)
    assert await refused(client.reactions_add(name="eyes", **where)) == "already_reacted"
    await ada.does("react", channel=INCIDENTS, ts=posted["ts"], name="eyes")
    assert (await ada.reads())[-1]["reactions"] == [
        {"name": "eyes", "users": ["U0TOCSIN", ada.id], "count": 2}
    ]
    await client.reactions_remove(name="eyes", **where)
    assert await refused(client.reactions_remove(name="eyes", **where)) == "no_reaction"


async def test_bookmarks(client: AsyncWebClient, ada: Someone) -> None:
    made = await client.bookmarks_add(
        channel_id=INCIDENTS, title="Runbook", type="link", link="https://x.example"
    )
    await client.bookmarks_edit(channel_id=INCIDENTS, bookmark_id=made["bookmark"]["id"], title="The runbook")
    seen = next(channel for channel in (await ada.screen())["channels"] if channel["id"] == INCIDENTS)
    assert [mark["title"] for mark in seen["bookmarks"]] == ["The runbook"]
    await client.bookmarks_remove(channel_id=INCIDENTS, bookmark_id=made["bookmark"]["id"])
    assert (await client.bookmarks_list(channel_id=INCIDENTS))["bookmarks"] == []
    assert (
        await refused(client.bookmarks_add(channel_id=INCIDENTS, title="x", type="link", link="x"))
        == "invalid_link"
    )


async def test_files_are_uploaded_in_three_steps(
    client: AsyncWebClient, ada: Someone, control: Control
) -> None:
    shared = await client.files_upload_v2(
        channel=INCIDENTS, filename="report.md", title="Report", content="# It broke", initial_comment="here"
    )
    seen = (await ada.reads())[-1]
    assert seen["text"] == "here"
    assert [file["title"] for file in seen["files"]] == ["Report"]
    async with control._http.get(seen["files"][0]["url_private"]) as answer:
        assert await answer.text() == "# It broke"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
    file = shared["file"]["id"]
    assert (await client.files_info(file=file))["file"]["size"] == 10
    await client.files_delete(file=file)
    assert await refused(client.files_info(file=file)) == "file_not_found"


async def test_what_people_type_arrives_in_slacks_markup(ada: Someone) -> None:
    await ada.says("@ben look at #general & https://x.example/a?b=1. Not @nobody <b>")
    assert (await ada.texts())[-1] == (
        f"<@U01BEN> look at <#{GENERAL}|general> &amp; <https://x.example/a?b=1>. Not @nobody &lt;b&gt;"
    )


async def test_a_message_is_marked_as_edited_when_its_author_edits_it(ada: Someone, ben: Someone) -> None:
    said = await ada.says("frist")
    await ada.does("edit", channel=INCIDENTS, ts=said["ts"], text="first")
    assert (await ben.reads())[-1]["edited"]["user"] == ada.id
    answer = await ben.does("edit", 409, channel=INCIDENTS, ts=said["ts"], text="mine")
    assert answer["error"] == "cant_update_message"
