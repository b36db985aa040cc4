# Two commands are enough: `make up` runs the product, `make test` proves it.
# PORT (8000) is the studio's port, PORT_BASE (16500) the first of all the others.

PYTHON ?= python3
LOCAL = .venv/bin/python -m local_stack

.DEFAULT_GOAL := help
.PHONY: help up down reset logs status test check fmt lock events setup dlq attack chaos mutants rescue invariants fuzz audit rolling compat crash studio-gallery bench bench-web load growth streams vitals types

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-14s %s\n", $$1, $$2}' Makefile

up: setup ## Set everything up, start it, send a sample picture through it
	@$(LOCAL) up

down: ## Stop what `make up` started; the data stays
	@[ ! -x .venv/bin/python ] || $(LOCAL) down

reset: ## Stop it and delete its data
	@[ ! -x .venv/bin/python ] || $(LOCAL) reset

logs: ## Follow the logs of all processes
	@[ ! -x .venv/bin/python ] || $(LOCAL) logs

status: ## Show what runs
	@[ ! -x .venv/bin/python ] || $(LOCAL) status

dlq: ## List dead messages; DO="explain --all", DO="replay ID", DO="dismiss ID" do more
	@$(LOCAL) operator dlq $(DO)

test: setup ## Run every check and every suite; needs no `make up`
	@$(LOCAL).checks all

chaos: setup ## Run the product under seeded faults: SEED=1 JOBS=2000 FAULTS=200 REPORT=file.md
	@PYTHONPATH=tests .venv/bin/python -m chaos run --seed $(or $(SEED),1) --jobs $(or $(JOBS),2000) --faults $(or $(FAULTS),200) $(if $(REPORT),--report $(REPORT))

rescue: setup ## Measure how long rescues take with the timers of production
	@PYTHONPATH=tests .venv/bin/python -m chaos rescue $(if $(REPORT),--report $(REPORT))

crash: setup ## Strike every failpoint once in every way: MODES=kill,raise,hang,timeout ONLY=name REPORT=file.md
	@PYTHONPATH=tests .venv/bin/python -m crash $(if $(MODES),--modes $(MODES)) $(if $(ONLY),--only $(ONLY)) $(if $(REPORT),--report $(REPORT))

invariants: setup ## Check every rule on the stack that runs, its pictures and RunPod's ledger too
	@PYTHONPATH=tests .venv/bin/python -m chaos check

mutants: setup ## Let the chaos checker judge twelve broken builds; it must catch each
	@PYTHONPATH=tests .venv/bin/python -m chaos mutants $(ONLY) $(if $(REPORT),--report $(REPORT))

check: setup ## Run linters, type checkers and import rules
	@$(LOCAL).checks lint

fmt: setup ## Format all sources
	@.venv/bin/ruff check --fix-only --quiet . && .venv/bin/ruff format . && npm --prefix frontend run fix

attack: setup ## Send 10,000 hostile uploads to a gateway; SEED=1 COUNT=10000 REPORT=file.md
	@PYTHONPATH=tests .venv/bin/python -m attack $(if $(SEED),--seed $(SEED)) $(if $(COUNT),--count $(COUNT)) $(if $(REPORT),--report $(REPORT))

lock: setup ## Write locks/ from every pyproject.toml; deploy/locks.sh --upgrade moves versions
	@bash deploy/locks.sh

events: setup ## Write docs/events from the event catalogue
	@.venv/bin/python -m shared.operator events

types: setup ## Write the studio's types from the gateway's OpenAPI document
	@npm --prefix frontend/contract ci --silent
	@.venv/bin/python -m gateway openapi | node frontend/contract/generate.mjs

studio-gallery: setup ## Take the pictures of docs/studio.md anew, of every state and screen
	@STUDIO_GALLERY=1 .venv/bin/python -m pytest -n 2 --dist loadfile tests/studio/test_states_making.py tests/studio/test_states_ending.py tests/studio/test_screens.py
	@PYTHONPATH=tests .venv/bin/python -m studio.gallery

setup: ## Only make .venv and build the studio; the others do it too
	@$(PYTHON) deploy/local/bootstrap.py

fuzz: setup ## Invent requests for every call of the API: CASES=3000 SEED=1 REPORT=file.md
	@PYTHONPATH=tests .venv/bin/python -m security.fuzz --cases $(or $(CASES),3000) --seed $(or $(SEED),1) $(if $(REPORT),--report $(REPORT))

rolling: setup ## Restart every service in turn under load; RESTARTS=20 REPORT=file.md
	@PYTHONPATH=tests .venv/bin/python -m rolling --restarts $(or $(RESTARTS),20) $(if $(REPORT),--report $(REPORT))

compat: setup ## Run the previous release's own tests on the schema of this one
	@PYTHONPATH=tests .venv/bin/python -m compat

bench-web: setup ## Weigh and time the studio against its budgets: RUNS=5
	@PYTHONPATH=tests .venv/bin/python -m budgets --runs $(or $(RUNS),5)

bench: setup ## Compare the chain of a job with other stacks: ROUNDS=3 ONLY=raw,taskiq
	@.venv/bin/python -m bench $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(ONLY),--only $(ONLY))

load: setup ## Let people at the stack of `make up`: PEOPLE=100 SECONDS=120 PAUSE=20 WORKERS=64 REPORT=file.md
	@.venv/bin/python -m bench.load --people $(or $(PEOPLE),100) --seconds $(or $(SECONDS),120) $(if $(PAUSE),--pause $(PAUSE)) $(if $(WORKERS),--workers $(WORKERS)) $(if $(REPORT),--report $(REPORT))

growth: setup ## Measure a job with full tables, many open jobs, more processes: JOBS=400 ONLY=name REPORT=file.md
	@.venv/bin/python -m bench.growth $(if $(JOBS),--jobs $(JOBS)) $(if $(ONLY),--only "$(ONLY)") $(if $(REPORT),--report $(REPORT))

streams: setup ## Open thousands of live-event streams at one gateway: IDLE=5000 LISTENERS=1000 REPORT=file.md
	@.venv/bin/python -m bench.streams $(if $(IDLE),--idle $(IDLE)) $(if $(LISTENERS),--listeners $(LISTENERS)) $(if $(REPORT),--report $(REPORT))

vitals: setup ## Measure starts, memory at rest, uploads, polling, RunPod's limits: ONLY=start,idle REPORT=file.md
	@.venv/bin/python -m bench.vitals $(if $(ONLY),--only $(ONLY)) $(if $(REPORT),--report $(REPORT))

audit: setup ## Look for known holes in every locked package, and write what we are made of to .local/sbom
	@PYTHONPATH=tests .venv/bin/python -m security.audit
