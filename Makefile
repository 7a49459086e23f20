# On a fresh machine `make run` opens the app and `make test` runs every test; all they need is python3 (3.11 or newer).
# Somebody's own tables:  make run CATALOGUE=their/metrics.yml DATA=their/tables PORT=8502
PYTHON ?= python3
PORT ?= 8501
ADDRESS ?= localhost

INSTALLED := .venv/installed
DEMO := data/demo.duckdb

ifdef CATALOGUE
export CROSSCUT_CATALOGUE := $(CATALOGUE)
endif
ifdef DATA
export CROSSCUT_DATA := $(DATA)
endif

.PHONY: run setup test check browser
.NOTPARALLEL:

run: $(if $(CATALOGUE),$(INSTALLED),setup)
	.venv/bin/streamlit run Home.py --server.address=$(ADDRESS) --server.port=$(PORT)

setup: $(INSTALLED) $(DEMO)

test: setup check browser
	.venv/bin/pytest -n 2 --dist loadfile

check: $(INSTALLED)
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

browser: $(INSTALLED)
	.venv/bin/python -m scripts.get_browser

# The last step of the installation notes the folder in the stamp. An environment whose installation broke off, whose
# Python is gone, or which was moved or copied here (its programs hold the old folder) is made anew.
WHOLE := [ "$$(cat $(INSTALLED) 2>/dev/null)" = "$(CURDIR)" ] && .venv/bin/python -c "" 2>/dev/null
ifneq ($(shell $(WHOLE) && echo yes),yes)
.PHONY: $(INSTALLED)
endif

$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "$(PYTHON): Python 3.11 or newer was not found. Install one, or name it: make PYTHON=python3.12"; exit 1; }
	@if $(WHOLE); then rm $@; else echo "Making .venv, a minute or two"; \
	  $(PYTHON) -c 'import ensurepip' 2>/dev/null || $(PYTHON) -m scripts.debian python3-venv; \
	  $(PYTHON) -m venv --clear .venv; fi
	.venv/bin/python -m pip install --quiet --constraint constraints.txt --editable ".[dev]"
	@echo "$(CURDIR)" > $@

$(DEMO): $(wildcard data/*.py) | $(INSTALLED)
	.venv/bin/python -m data --if-missing
	@touch $@
