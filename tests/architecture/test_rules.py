"""The rules of DESIGN that no type can hold."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, at, calls, dotted, files, tree

PRODUCT = ("bot", "handlers", "migrations")
CLOCKS = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "date.today",
    "time.time",
    "time.time_ns",
    "time.monotonic",
}


def test_only_the_clock_asks_what_time_it_is() -> None:
    found = [
        at(file, node)
        for file, node in calls(*PRODUCT)
        if dotted(node.func) in CLOCKS and file != ROOT / "bot/core/clock.py"
    ]
    assert found == []


def test_a_verb_never_commits_or_reads_the_clock() -> None:
    """A function that is given a session leaves the transaction to its caller."""
    found = []
    for file in files(*PRODUCT):
        for function in ast.walk(tree(file)):
            if not isinstance(function, ast.AsyncFunctionDef | ast.FunctionDef):
                continue
            given = {argument.arg for argument in (*function.args.args, *function.args.kwonlyargs)}
            if "session" not in given:
                continue
            for node in ast.walk(function):
                if isinstance(node, ast.Call):
                    name = dotted(node.func)
                    if name in ("session.commit", "session.rollback") or name.endswith("clock.now"):
                        found.append(at(file, node))
    assert found == []


def test_only_these_places_open_a_write_transaction() -> None:
    """Commit points are visible: in handlers, the composition root, the tick's steps, delivery, where many requests
    share one (the intake), a rollback of app.yaml, what the command line notes of itself, and the demo's data.
    """
    allowed = (
        "handlers/",
        "bot/app.py",
        "bot/steps/",
        "bot/delivery/",
        "bot/alerts/intake.py",
        "bot/administration/operator.py",
        "bot/reading/configuration.py",
        "bot/demo.py",
    )
    found = [
        at(file, node)
        for file, node in calls(*PRODUCT)
        if dotted(node.func).endswith("db.begin") and not str(file.relative_to(ROOT)).startswith(allowed)
    ]
    assert found == []


def test_verbs_and_views_make_no_network_calls() -> None:
    """No module of theirs even imports what could."""
    network = ("aiohttp", "slack_sdk", "slack_bolt", "socket", "urllib.request", "http.client", "asyncpg")
    found = []
    for file in files("bot/core", "bot/config", "bot/paging", "bot/incidents", "bot/steps", "bot/views"):
        if file == ROOT / "bot/core/addresses.py":
            continue  # says which addresses may be asked, for those who ask them
        for node in ast.walk(tree(file)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
            found += [f"{at(file, node)} {name}" for name in names if name.startswith(network)]  # type: ignore[arg-type]
    assert found == []


def _at_import(statements: list[ast.stmt]) -> Iterator[ast.Call]:
    """Calls that run when a module is imported: not those inside functions."""
    for statement in statements:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            for decorator in statement.decorator_list:
                yield from (node for node in ast.walk(decorator) if isinstance(node, ast.Call))
        elif isinstance(statement, ast.ClassDef):
            yield from _at_import(statement.body)
        elif not (isinstance(statement, ast.If) and "__main__" in ast.dump(statement.test)):
            yield from (
                node
                for node in ast.walk(statement)
                if isinstance(node, ast.Call) and not _in_lambda(statement, node)
            )


def _in_lambda(statement: ast.stmt, call: ast.Call) -> bool:
    return any(call in ast.walk(node.body) for node in ast.walk(statement) if isinstance(node, ast.Lambda))


def test_importing_does_nothing_but_define() -> None:
    """No connection, no file, no process and no loop at import."""
    dangerous = ("open", "connect", "run", "urlopen", "request", "Popen", "getaddrinfo", "create_task")
    classes = ("Database", "AsyncApp", "AsyncWebClient", "WebClient", "ClientSession", "Settings", "Engine")
    found = []
    for file in files("bot", "handlers", "playground"):
        for node in _at_import(tree(file).body):
            name = dotted(node.func).rpartition(".")[2]
            if name in dangerous or name in classes or name == "load":
                found.append(f"{at(file, node)} {dotted(node.func)}")
    assert found == []


def test_an_import_inside_a_function_says_why() -> None:
    """They are for the start's speed, never against circles. The command line's need no more words."""
    found = []
    for file in files("bot", "handlers", "playground"):
        lines = file.read_text(encoding="utf-8").splitlines()
        for function in ast.walk(tree(file)):
            commands = file.name == "__main__.py" or file.parent == ROOT / "bot" / "cli"
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and not commands:
                inside = [
                    node for node in ast.walk(function) if isinstance(node, ast.Import | ast.ImportFrom)
                ]
                found += [at(file, node) for node in inside if "#" not in lines[node.lineno - 1]]
    assert found == []


def test_the_product_does_not_know_that_it_is_tested() -> None:
    words = ("pytest", "hypothesis", "unittest", "TESTING", "tests.")
    found = [
        f"{file.relative_to(ROOT)}: {word}"
        for file in files(*PRODUCT)
        for word in words
        if word in file.read_text(encoding="utf-8")
    ]
    assert found == []


def _loaded(code: str, cwd: Path) -> set[str]:
    script = f"import sys\n{code}\nprint('\\n'.join(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=cwd, check=True, timeout=60
    )
    return set(done.stdout.split())


def test_what_runs_against_slack_never_loads_the_playground(tmp_path: Path) -> None:
    loaded = _loaded(
        "import bot.__main__, bot.cli, bot.serve, bot.app, bot.doctor, bot.reading.incidents, bot.migrate, handlers.manifest",
        tmp_path,
    )
    assert "bot.app" in loaded
    assert not {name for name in loaded if name.split(".")[0] in ("playground", "tests", "pytest")}
    assert "bot.demo" not in loaded


def test_the_playground_never_loads_the_bot(tmp_path: Path) -> None:
    loaded = _loaded("import playground, playground.__main__", tmp_path)
    assert "playground.server" in loaded
    assert not {
        name for name in loaded if name.split(".")[0] in ("bot", "handlers", "sqlalchemy", "slack_sdk")
    }


def test_the_command_line_starts_without_what_it_may_not_need(tmp_path: Path) -> None:
    """`tocsin config check` in an editor's save hook should not wait for Bolt and alembic."""
    loaded = {name.split(".")[0] for name in _loaded("import bot.cli", tmp_path)}
    assert not loaded & {"slack_bolt", "alembic", "apscheduler", "playground"}


@pytest.mark.parametrize("folder", ["bot", "handlers", "playground", "migrations"])
def test_every_module_says_what_it_is_for(folder: str) -> None:
    silent = [
        str(file.relative_to(ROOT))
        for file in files(folder)
        if file.read_text(encoding="utf-8").strip() and not ast.get_docstring(tree(file))
    ]
    assert silent == []


def test_no_folder_is_called_by_what_it_is_not_about() -> None:
    vague = {"utils", "helpers", "manager", "service", "common", "misc"}
    assert [str(file) for file in files("bot", "handlers", "playground") if file.stem in vague] == []


def test_no_test_imports_from_another() -> None:
    """What several need stands where a reader looks for it: in a conftest.py, or a module of its own."""
    found = []
    for file in files("tests", "bench"):
        for node in ast.walk(tree(file)):
            if not isinstance(node, ast.Import | ast.ImportFrom):
                continue
            names = [alias.name for alias in node.names]
            if isinstance(node, ast.ImportFrom):
                names = [f"{'.' * node.level}{node.module or ''}.{name}" for name in names]
            found += [
                f"{at(file, node)} {name}"
                for name in names
                if name.startswith(("tests.", ".")) and ".test_" in name
            ]
    assert found == []
