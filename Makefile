# `make ... ENGINES=portable` does without libtorch, as do machines for which there is none to fetch.
ENGINES ?= $(if $(or $(LIBTORCH),$(filter Linux-x86_64,$(shell uname -sm | tr ' ' -))),all,portable)
FEATURES := $(if $(filter portable,$(ENGINES)),--no-default-features --features portable)

.DEFAULT_GOAL := help
.PHONY: help setup build demo sample test bench check clean distclean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## fetch libtorch and the model once, check them, configure cargo
	@tools/setup.sh $(if $(FEATURES),--portable)

build: setup ## compile target/release/parallax
	cargo build --release --locked $(FEATURES)

demo: build ## analyse the sample articles, write reports/demo
	target/release/parallax analyze data/sample/articles.csv --out reports/demo --overwrite

sample: build ## remake reports/sample and the README's tables from it
	target/release/parallax analyze data/sample/articles.csv --out reports/sample --overwrite
	tools/sample_tables.py

# The dev profile: Cargo.toml says what it leaves out. Examples are not built; `make check` checks them.
test: setup ## all tests, with the real model
	cargo test --locked $(FEATURES) --lib --tests
	cargo test --locked $(FEATURES) --doc

bench: setup ## benchmarks
	cargo bench --locked $(FEATURES)

check: setup ## formatting, lints, documentation
	cargo fmt --check
	cargo clippy --all-targets --locked $(FEATURES) -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --locked $(FEATURES)

clean: ## remove what cargo built and what the demo wrote
	cargo clean
	rm -rf reports/demo

distclean: clean ## also remove the fetched libtorch, model and cargo configuration
	tools/setup.sh --remove
