"""Telephones: a gateway takes messages, people read them, and what is no message is refused."""

from slack_cast import Control

from playground import Playground

NUMBER = "+46701234567"


async def test_what_is_sent_to_a_number_is_read_there(playground: Playground, control: Control) -> None:
    assert (await control.get("/phones"))["messages"] == []
    await control.post(f"/phones/sms/{NUMBER}", title="Page #1", message="Checkout is down")
    await control.post(f"/phones/voice/{NUMBER}", message="Checkout is down")
    first, second = (await control.get("/phones"))["messages"]
    assert (first["n"], first["kind"], first["number"]) == (1, "sms", NUMBER)
    assert (first["title"], first["text"]) == ("Page #1", "Checkout is down")
    assert (second["n"], second["kind"], second["title"]) == (2, "voice", "")
    await control.post("/faults/dead")
    await control.post(f"/phones/sms/{NUMBER}", message="Slack is dead, telephones are not")
    await control.post("/workspace/reset")
    assert (await control.get("/phones"))["messages"] == []


async def test_what_is_no_message_is_refused(control: Control) -> None:
    refused = await control.post(f"/phones/fax/{NUMBER}", _status=404, message="hello")
    assert refused["error"] == "unknown_kind"
    assert (await control.post(f"/phones/sms/{NUMBER}", _status=400, text="hello"))["error"] == "invalid_json"
