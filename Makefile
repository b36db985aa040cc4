# Two commands are enough: `make up` runs the product, `make test` proves it.
# PORT (8000) is the studio's port, PORT_BASE (16500) the first of all the others.

PYTHON ?= python3
LOCAL = .venv/bin/python -m local_stack

.DEFAULT_GOAL := help
.PHONY: help up down reset logs status test check fmt lock events setup

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-7s %s\n", $$1, $$2}' Makefile

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

test: setup ## Run every check and every suite; needs no `make up`
	@$(LOCAL).checks all

check: setup ## Run linters, type checkers and import rules
	@$(LOCAL).checks lint

fmt: setup ## Format all sources
	@.venv/bin/ruff check --fix-only --quiet . && .venv/bin/ruff format . && npm --prefix frontend run fix

lock: setup ## Write locks/ from every pyproject.toml; deploy/locks.sh --upgrade moves versions
	@bash deploy/locks.sh

events: setup ## Write docs/events from the event catalogue
	@.venv/bin/python -m shared.operator events

setup: ## Only make .venv and build the studio; the others do it too
	@$(PYTHON) deploy/local/bootstrap.py
