# Plain python3, venv and pip; nothing else is assumed.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed-$(shell cat requirements.lock requirements-dev.lock pyproject.toml 2>/dev/null | cksum | cut -d' ' -f1)
RUN_STAMP := .venv/.runs-$(shell cat requirements.lock pyproject.toml 2>/dev/null | cksum | cut -d' ' -f1)

.PHONY: demo run test check install bench lock docs pictures

demo: $(RUN_STAMP)  ## try it in the browser, without Slack
	@exec $(BIN)/tocsin demo

run: $(RUN_STAMP)  ## the bot for your Slack workspace
	@exec $(BIN)/tocsin run

install: $(STAMP)  ## .venv with everything that the targets need

test: $(STAMP)  ## the whole suite, on SQLite and Postgres, with the browser
	$(BIN)/pytest -n auto --dist worksteal

check: $(STAMP)  ## lint, types, and who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(STAMP)  ## figures, in one table
	$(BIN)/python -m bench

pictures: $(STAMP)  ## the pictures of docs/, taken by the browser tests
	TOCSIN_PICTURES=1 $(BIN)/pytest tests/browser/test_life_of_an_incident.py tests/browser/test_paging.py tests/browser/test_alerts_and_checks.py tests/browser/test_between_incidents.py tests/browser/test_whole_life.py

docs: $(STAMP)  ## the parts of docs/ that are made from the code
	$(BIN)/python -m bot.config

lock: $(STAMP)  ## pin what pyproject.toml asks for, with hashes
	$(BIN)/pip-compile --quiet --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --strip-extras --allow-unsafe --all-build-deps -o requirements.lock pyproject.toml
	$(BIN)/pip-compile --quiet --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --strip-extras --allow-unsafe --all-build-deps --extra dev -c requirements.lock -o requirements-dev.lock pyproject.toml

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Tocsin needs Python 3.11 or newer; set PYTHON=...")'
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "Python has no venv here; on Debian and Ubuntu: apt install python3-venv"; exit 1; }

$(RUN_STAMP): .venv/bin/python
	@echo "Installing Tocsin into .venv (once, about a minute)"
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q bot handlers playground migrations  # a read-only or frugal environment starts quickly too
	@rm -f .venv/.runs-* && touch $@

$(STAMP): $(RUN_STAMP)
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.lock
	@rm -f .venv/.installed-* && touch $@
