"""What is kept of messages that no person wrote."""

from bot.delivery.kept_messages import app_of, text_of


def test_an_alert_says_it_in_its_attachment() -> None:
    alert = {
        "username": "grafana",
        "bot_id": "B1",
        "text": "",
        "attachments": [{"fallback": "CPU &gt; 90 %", "color": "red"}],
    }
    assert (app_of(alert), text_of(alert)) == ("grafana", "CPU > 90 %")


def test_the_apps_own_name_comes_first() -> None:
    assert app_of({"bot_profile": {"name": "Grafana"}, "username": "hook"}) == "Grafana"
    assert app_of({"bot_id": "B1"}) == "an app"
    assert app_of({"user": "U1", "username": "ada"}) is None


def test_a_message_without_text_says_so() -> None:
    assert text_of({"files": [{"name": "graph.png"}]}) == "(a message without text)"
