# The commands of the project. `make run` and `make test` do all the set-up on a fresh machine.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# Where components are built and what the example needs of them.
WASM_TARGET := wasm32-wasip2
TARGET_DIR := $(or $(CARGO_TARGET_DIR),target)
WASM_OUT := $(TARGET_DIR)/$(WASM_TARGET)/component
PLUGINS := bearer-token-authorizer header-transform redact-transform petstore-pets
EXAMPLE := examples/petstore

.PHONY: help setup plugins run dist test check bench fuzz fmt

help: ## what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install or check what building needs: a C compiler, cmake, the WebAssembly target
	@.ci/setup

plugins: setup ## build the components and put those of the example in their place
	cargo build --locked --profile component --target $(WASM_TARGET) $(addprefix -p ,$(PLUGINS))
	mkdir -p $(EXAMPLE)/components
	cp $(foreach p,$(PLUGINS),$(WASM_OUT)/$(subst -,_,$(p)).wasm) $(EXAMPLE)/components/

run: plugins ## build everything, serve the example API, print five curl lines to try
	cargo build --locked --release -p server -p petstore-upstream
	@$(EXAMPLE)/serve $(TARGET_DIR)/release

dist: setup ## build the binary as it is shipped: faster than that of `make run`, and minutes slower to link
	cargo build --locked --profile dist -p server --bin edgeway

test: plugins ## everything that CI checks: formatting, lints, docs, dependencies, all tests
	@.ci/test

check: ## the quick loop: the crates that link neither Pingora nor Wasmtime
	cargo test --locked -p policy -p sigv4 -p json-schema -p jwt -p template -p throttle -p model -p openapi -p pipeline -p store -p control

bench: setup ## measure beside bare Pingora, nginx, Envoy and wasmtime serve; ARGS=--help tells how
	@tests/bench/run $(ARGS)

fuzz: ## make up requests for the control API until one breaks it; ARGS="template 600" for templates, so many seconds
	@tests/fuzz/run $(ARGS)

fmt: ## format the code
	cargo fmt --all
