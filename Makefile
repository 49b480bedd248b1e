# `make run` is all it takes to see the site; `make help` lists the rest.

PYTHON := .venv/bin/python
SITE := $(PYTHON) -m webapp.embedded

# Where clips play in a browser three processes go for every two cores, since they play no faster than in life; and no
# more than one temporary PostgreSQL serves.
CORES := $(shell getconf _NPROCESSORS_ONLN)
PYTEST := $(PYTHON) -m pytest --maxprocesses=8 --dist=worksteal
AND_A_HALF := $(shell expr \( $(CORES) \* 3 + 1 \) / 2)

# Some machines are told to keep no compiled Python. Everything here starts many processes, which would each compile
# the same libraries again.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help setup run admin-password demo bench-arithmetic bench-capture bench-scale bench-training test test-fast soak lint format constraints

help:  ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 18

setup:  ## make .venv (TORCH=cpu, cuda or none chooses the build of PyTorch)
	@python3 scripts/bootstrap.py

run: setup  ## the site with its own PostgreSQL and Redis, until Ctrl-C (HOST, PORT)
	@$(SITE)

admin-password: setup  ## a new password for the administrator
	@$(SITE) admin-password

demo: setup  ## from made-up clips and observers to the leaderboard (CLIPS=folder takes your own videos, GAZE=folder replays eyes)
	@$(SITE) exec -- $(PYTHON) manage.py demo $(if $(CLIPS),--clips "$(CLIPS)") $(if $(GAZE),--gaze "$(GAZE)")

bench-arithmetic: setup  ## tracks, maps, builds and scores beside the fastest that does as much (FULL=1 the long series)
	@$(PYTHON) -m benchmarks.arithmetic $(if $(filter-out 0,$(FULL)),--full)

bench-capture: setup  ## what capture must show, within half an hour (CLIPS=folder takes your videos, FULL=1 the long series)
	@$(PYTHON) -m benchmarks.capture $(if $(CLIPS),--clips "$(CLIPS)") $(if $(filter-out 0,$(FULL)),--full)

bench-scale: setup  ## clips built and scored by one worker, then by two (FULL=1 Full HD, 20 s, 75 observers)
	@$(PYTHON) -m benchmarks.scale $(if $(filter-out 0,$(FULL)),--full)

bench-training: setup  ## what baselines learn, their sizes, and their speed on a GPU (SEED=, CLIPS=folder, FULL=1 what each choice is worth too)
	@$(PYTHON) -m benchmarks.training $(if $(SEED),--seed "$(SEED)") $(if $(CLIPS),--clips "$(CLIPS)") $(if $(filter-out 0,$(FULL)),--full)

test: setup  ## everything, on servers and a browser of its own
	@$(PYTEST) --numprocesses=$(AND_A_HALF) $(ARGS)

test-fast: setup  ## what needs neither servers nor a browser nor many seconds
	@$(PYTEST) --numprocesses=$(CORES) -m "not server and not browser and not long" $(ARGS)

soak: setup  ## long: fuzzing (CASES, 20,000), long properties, kills in turn ROUNDS times (3), networks cut CUT_S seconds (60)
	@set -e; begun=$$(date +%s); \
	CURSAL_FUZZ_CASES=$(CASES) $(PYTHON) -m pytest tests/processing tests/collector tests/webapp/leaderboard --hypothesis-profile=soak --numprocesses=2; \
	for round in $$(seq $(or $(ROUNDS),3)); do \
	    $(PYTHON) -m pytest tests/e2e/test_kills.py tests/e2e/test_faults.py tests/webapp/embedded; \
	done; \
	CURSAL_CUT_S=$(or $(CUT_S),60) $(PYTHON) -m pytest tests/e2e/test_network.py; \
	echo "The soak took $$(( ($$(date +%s) - begun) / 60 )) minutes."

lint: setup  ## style, types, import contracts, JavaScript
	@$(PYTHON) -m pytest tests/contracts $(ARGS)

format: setup  ## bring the code into shape
	@.venv/bin/ruff format .
	@.venv/bin/ruff check --fix .

constraints: setup  ## pin the newest versions that pyproject.toml allows
	@$(PYTHON) scripts/pin.py
