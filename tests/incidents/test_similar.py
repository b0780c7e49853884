"""Which earlier incidents are like one: a pure rule."""

from bot.incidents.similar import OF_A_WORD, SHOWN, Candidate, most_alike, telling_words, weights


def alike(title: str, *others: str, summary: str = "", same_service: bool = False) -> list[int]:
    """The numbers, counted from 1, of the others that are like it; a word weighs by how many of them have it."""
    candidates = [Candidate(n, other, "", same_service) for n, other in enumerate(others, 1)]
    words = telling_words(title, summary)
    found = {word: [one.number for one in candidates if word in one.title.lower().split()] for word in words}
    return most_alike(title, summary, weights(found, len(others) + 1), candidates)


def test_the_words_that_tell_what_it_is_about() -> None:
    assert telling_words("The checkout is down with 503 on 12 hosts", "") == ["checkout", "503", "hosts"]
    assert telling_words("Checkout is slow", "since the Redis upgrade") == ["checkout", "redis", "upgrade"]
    assert telling_words("It is down again", "") == ["down"]
    assert telling_words("", "") == []


def test_two_words_in_common_are_alike_and_one_of_many_is_not() -> None:
    others = ["certificate of checkout expired", "checkout is slow", "mail is late"]
    assert alike("checkout certificate has expired", *others) == [1]


def test_one_word_is_enough_where_both_are_about_nothing_else() -> None:
    assert alike("checkout is down", "checkout is slow", "mail is late", "checkout loses orders") == [1]


def test_a_word_that_hardly_any_has_weighs_more() -> None:
    usual = [f"payments gateway timeout {n}" for n in range(200, 240)]
    found = alike("payments gateway timeout kafkaesque", *usual, "payments kafkaesque timeout")
    assert found == [41]


def test_the_most_alike_come_first_then_the_newest_and_no_more_than_are_read() -> None:
    others = ["replica lag", *["orders replica lag"] * 4, "mail"]
    found = alike("orders replica lag", *others)
    assert found == [5, 4, 3]
    assert len(found) == SHOWN


def test_a_word_of_which_only_the_newest_are_known_is_taken_for_as_frequent_as_it_was_there() -> None:
    known = weights({"often": range(10_000 - OF_A_WORD, 10_000), "once": [3]}, 10_000)
    assert known["once"] > 3
    assert known["often"] < 1
