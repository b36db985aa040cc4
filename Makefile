# OB AI Studio. `make` lists the verbs.

PYTHON ?= python3
VENV := .venv/bin
STACK := $(VENV)/python -m local_stack

.DEFAULT_GOAL := help
.PHONY: help setup up down reset logs status test check fmt lock events

help: ## List the verbs
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18

setup: ## Make .venv and build the studio (the other verbs do it too)
	@$(PYTHON) deploy/local/bootstrap.py

up: setup ## Start everything, send a sample picture through, print the address
	@$(STACK) up

down: ## Stop what `make up` started; the data stays
	@if [ -x $(VENV)/python ]; then $(STACK) down; fi

reset: ## Stop it and delete its data
	@if [ -x $(VENV)/python ]; then $(STACK) reset; fi

logs: ## Follow the logs
	@$(STACK) logs

status: ## Say what runs
	@$(STACK) status

test: setup ## Run every suite
	@$(VENV)/python -m local_stack.checks all

check: setup ## Linters and types only
	@$(VENV)/python -m local_stack.checks lint

fmt: setup ## Format the sources
	@$(VENV)/ruff check --fix-only --quiet . ; $(VENV)/ruff format . ; cd frontend && npm run --silent fix

lock: setup ## Resolve the dependencies anew into locks/
	@bash deploy/locks.sh

events: setup ## Write docs/events from the code
	@$(VENV)/python -m shared.operator events
