# `make help` lists what can be done. Nothing here needs more than Rust; `make test` and `make bench` say what they lack.
CARGO ?= $(shell command -v cargo || echo "$$HOME/.cargo/bin/cargo")
QUICK ?=
ALL ?=

.PHONY: help run test lint fmt bench docs mutants
.DEFAULT_GOAL := help

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Build the release and start the demo
	$(CARGO) build --release --package portcullis-app
	target/release/portcullis demo

test: ## Run every test on SQLite, PostgreSQL and MariaDB; the servers are private and gone afterwards
	CARGO="$(CARGO)" scripts/test.sh

lint: ## Check the formatting and let clippy read everything, warnings as errors
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings

fmt: ## Format everything
	$(CARGO) fmt --all

bench: ## Measure against the ceiling server and PostgREST, then write docs/performance.md (QUICK=1: shorter)
	CARGO="$(CARGO)" QUICK="$(QUICK)" bench/run-all

docs: ## Write docs/engines.md and docs/compatibility.md from the last run of the tests
	scripts/engines-page
	scripts/compatibility-page

mutants: ## Take each guard of access away in turn and tell which tests fail without it (ALL=1: every mutant, for hours)
	CARGO="$(CARGO)" scripts/mutants $(if $(ALL),all)
