"""`tocsin digest NAME --dry-run` and `tocsin report`."""

import json

from tests.cli.conftest import Tocsin


async def test_a_dry_run_says_what_would_be_sent_and_when(tocsin: Tocsin, database_url: str) -> None:
    status, out, err = await tocsin("digest", "weekly", "--dry-run", TOCSIN_DATABASE_URL=database_url)
    assert (status, err) == (0, "")
    assert "Weekly digest “weekly” for #incidents, next " in out
    assert " 09:30 Europe/Berlin. Nothing was sent." in out
    assert "  Declared: 0 (as before)" in out
    _, out, _ = await tocsin("digest", "daily", "--dry-run", "--json", TOCSIN_DATABASE_URL=database_url)
    said = json.loads(out)
    assert (said["period"], said["left_out"], said["figures"]["declared"]) == ("daily", True, 0)
    status, _, err = await tocsin("digest", "weekly", TOCSIN_DATABASE_URL=database_url)
    assert status == 1
    assert "Add --dry-run" in err
    status, _, err = await tocsin("digest", "wekly", "--dry-run", TOCSIN_DATABASE_URL=database_url)
    assert status == 1
    assert "Did you mean weekly?" in err


async def test_a_report_of_any_span_in_each_format(tocsin: Tocsin, database_url: str) -> None:
    span = ("report", "--from", "2026-01-01", "--to", "2026-04-01")
    status, out, err = await tocsin(*span, TOCSIN_DATABASE_URL=database_url)
    assert (status, err) == (0, "")
    assert out.startswith("# Report of Example Shop\n\n1 Jan to 31 Mar 2026, against ")
    assert "No incident was declared." in out
    _, out, _ = await tocsin(*span, "--format", "json", TOCSIN_DATABASE_URL=database_url)
    assert json.loads(out)["from"] == "2025-12-31T23:00:00+00:00"
    _, out, _ = await tocsin(*span, "--format", "csv", TOCSIN_DATABASE_URL=database_url)
    assert out.startswith("number,severity,service,declared_at,")
    _, out, _ = await tocsin(*span, "--format", "html", TOCSIN_DATABASE_URL=database_url)
    assert out.startswith("<!doctype html>")
    for wrong, words in (
        (("--format", "pdf"), "Choose md, html, json or csv"),
        (("--to", "2025-01-01"), "--to lies before --from"),
        (("--to", "some day"), "is not a time"),
    ):
        status, _, err = await tocsin(*span, *wrong, TOCSIN_DATABASE_URL=database_url)
        assert status == 1
        assert words in err
