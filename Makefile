# make run      installs what is missing, builds, and opens the window
# make test     installs what it needs and runs every test
# make test-agents  Claude Code and Codex through the proxy; 600 MB from npm, so not part of make test
# make bench    speed and size, against nginx and direct
# make fuzz     each fuzz target for a minute (FUZZ_SECONDS); needs rustup's nightly
# make fmt      formats everything
# make lint     what CI refuses: formatting, clippy, types, Biome
# make package  a Debian package
# make bindings writes the window's types anew from the Rust side

CARGO ?= cargo
TARGET := $(or $(CARGO_TARGET_DIR),target)
UI := ui/node_modules/.package-lock.json
SDK_NODE := tests/sdk/node/node_modules/.package-lock.json
AGENTS := tests/sdk/agents/node_modules/.package-lock.json
BROWSER := tests/browser/node_modules/.package-lock.json
WINDOW := tests/window/node_modules/.package-lock.json
VENV := tests/.venv
NEXTEST := $(shell $(CARGO) nextest --version >/dev/null 2>&1 && echo nextest run || echo test)
# The window's pages are compiled into the programs.
UI_SOURCES := $(shell find ui/src ui/public -type f 2>/dev/null) ui/index.html ui/vite.config.ts ui/package.json

FUZZ_SECONDS ?= 60

.PHONY: run build test lint fmt bench fuzz package bindings ui clean \
	test-rust test-ui test-sdk-python test-sdk-node test-agents test-browser test-window programs

run: build
	$(TARGET)/release/modelux-desktop $(ARGS)

build: ui
	.ci/install build
	$(CARGO) build --release -p modelux-desktop -p cli --features modelux-desktop/custom-protocol

ui: ui/dist/index.html

ui/dist/index.html: $(UI) $(UI_SOURCES)
	cd ui && npm run --silent build
	@touch $@

$(UI) $(SDK_NODE) $(AGENTS) $(BROWSER) $(WINDOW): %/node_modules/.package-lock.json: %/package-lock.json
	cd $* && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(VENV)/ready: tests/sdk/requirements.txt
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

test:
	.ci/install test
	.ci/test

# The programs that the tests start, with the window's pages in them.
programs: ui
	$(CARGO) build -p cli -p whole -p modelux-desktop --features modelux-desktop/custom-protocol

test-rust: programs
	$(CARGO) $(NEXTEST) --workspace --features modelux-desktop/custom-protocol

test-ui: $(UI)
	cd ui && npm test --silent

# The README's snippets and the window's are run there, those for Node with the Node suite's packages.
test-sdk-python: programs $(VENV)/ready $(SDK_NODE)
	cd tests/sdk/python && ../../.venv/bin/python -m pytest

test-sdk-node: programs $(SDK_NODE)
	cd tests/sdk/node && npm test --silent

test-agents: programs $(VENV)/ready $(AGENTS)
	cd tests/sdk/python && ../../.venv/bin/python -m pytest test_agents.py

test-browser: programs $(BROWSER)
	cd tests/browser && npm test --silent

test-window: programs $(WINDOW)
	@command -v tauri-driver >/dev/null || $(CARGO) install tauri-driver --version 2.1.0 --locked
	cd tests/window && npm test --silent

lint: ui
	.ci/install build
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	cd ui && npm run --silent check

fmt: $(UI)
	$(CARGO) fmt --all
	cd ui && npm run --silent format

bindings:
	MODELUX_WRITE_BINDINGS=1 $(CARGO) test -p control --lib the_window_has_the_types

bench: ui
	.ci/install bench
	$(CARGO) bench -p routing -p wire
	$(MAKE) --no-print-directory -C tests bench

# Not part of `make test`, which replays the seeds. What breaks something is left in tests/fuzz/targets/artifacts.
fuzz: ui
	$(MAKE) --no-print-directory -C tests fuzz FUZZ_SECONDS=$(FUZZ_SECONDS)

package: ui
	.ci/install build
	$(CARGO) build --profile dist -p cli
	cd src-tauri && npx --yes @tauri-apps/cli@2.12.5 build --bundles deb -- --profile dist

clean:
	$(CARGO) clean
	rm -rf ui/dist
