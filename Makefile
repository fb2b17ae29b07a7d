# Amaan. `make run` starts everything, `make test` proves it; both set up what they need.
# Works on Debian 12 with Python 3.11, git and make.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh

UV := .uv/bin/uv
APP := .venv-app/bin/python
BOT := .venv-bot/bin/python

# Two test files at a time: the browser waits while a database works. A file stays together, for
# it shares what it started. What comes after, one by one: stories, each a whole house, and a
# file whose tests are dealt out singly although they count on each other.
SIDE_BY_SIDE := --numprocesses 2 --dist loadfile
ALONE := tests/story tests/intake/test_sandbox_fuzz.py

# Progress goes to standard error: `make -s parse` answers on standard output alone.
SAY = @printf '%s\n' >&2

.PHONY: help run test parse train evaluate bench bench-handoff bench-doors bench-intake check-lines lint check-types test-app test-bot lock clean

help: ## Says what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-13s %s\n", $$1, $$2}'

run: .stamps/app .stamps/bot models/.trained ## Starts everything on this machine; Ctrl-C stops it
	@scripts/system-packages.sh paper || true
	@exec $(APP) -m amaan up

test: .stamps/app-check .stamps/bot-check lint check-types check-lines models/.trained test-bot test-app ## Sets up and passes all tests

parse: .stamps/bot models/.trained ## Understands JSON lines {"id", "text"} from standard input (use make -s)
	@exec $(BOT) -m bot.parse

train: .stamps/bot ## Trains the model that understands and answers
	@$(BOT) -m bot.train

evaluate: .stamps/bot models/.trained ## Measures the model on the separately written test lines
	@$(BOT) -m bot.evaluate

bench: .stamps/bot models/.trained ## Measures time and memory, trains stock Rasa to compare (OPTIONS=--quick does not)
	@$(BOT) -m bench $(OPTIONS)

bench-handoff: .stamps/app ## Rings 300 alarms over 40 consoles while processes are killed (OPTIONS=--quick: fewer)
	@$(APP) -m bench.handoff $(OPTIONS)

bench-doors: .stamps/app ## Sends 50 messages/s over the webhooks, also over a restart (OPTIONS="--seconds 20": shorter)
	@$(APP) -m bench.doors.inbound $(OPTIONS)

bench-intake: .stamps/app ## Files 1,000 complaints while worker, database and sandbox are killed (OPTIONS="--count 100": fewer)
	@$(APP) -m bench.intake $(OPTIONS)

lint: .stamps/app-check
	@.venv-app/bin/ruff check --quiet .
	@.venv-app/bin/ruff format --check --quiet .

check-lines: .stamps/bot ## Looks for leaks, templates and wrong labels in the training and test lines
	@$(BOT) -m bot.check_lines

check-types: .stamps/app-check
	@.venv-app/bin/mypy --no-error-summary

test-bot: .stamps/bot-check .stamps/app-check models/.trained
	@$(APP) -m tests.with_postgres $(BOT) -m pytest --confcutdir=tests/bot tests/bot
	@$(BOT) -m pytest --confcutdir=tests/encoder tests/encoder

test-app: .stamps/app-check .stamps/bot-check models/.trained
	@scripts/system-packages.sh browser
	@scripts/system-packages.sh paper
	@$(APP) -m pytest --ignore=tests/bot --ignore=tests/encoder \
	  $(addprefix --ignore=,$(ALONE)) $(SIDE_BY_SIDE)
	@$(APP) -m pytest $(ALONE)

models/.trained: .stamps/bot config.yml $(shell find bot nlu_data/train nlu_data/lexicons amaan/text -type f -not -name '*.pyc' 2>/dev/null)
	$(SAY) "Training the model (about four minutes) ..."
	@$(BOT) -m bot.train >&2
	@touch $@

lock: $(UV) ## Resolves pyproject.toml anew into the hash-pinned requirement files
	@requirements/lock.sh

clean: ## Removes environments and models, never data
	@rm -rf .venv-app .venv-bot .uv .stamps models .rasa

# Environments. The check files hold everything of the plain ones and the test tools.

$(UV): requirements/uv.txt
	@scripts/system-packages.sh venv
	$(SAY) "Setting up uv ..."
	@python3 -m venv .uv >&2
	@.uv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt >&2
	@touch $@

.venv-app/pyvenv.cfg: | $(UV)
	@$(UV) venv --quiet --allow-existing --python 3.11 .venv-app >&2

.venv-bot/pyvenv.cfg: | $(UV)
	@$(UV) venv --quiet --allow-existing --python 3.11 .venv-bot >&2

.stamps/%: requirements/%.txt .venv-app/pyvenv.cfg .venv-bot/pyvenv.cfg
	$(SAY) "Installing packages: $* ..."
	@mkdir -p .stamps
	@VIRTUAL_ENV=.venv-$(firstword $(subst -, ,$*)) $(UV) pip install --quiet --require-hashes -r $< >&2
	@touch $@
