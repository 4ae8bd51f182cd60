# Everything starts from a bare checkout: each target sets up what it needs, and only once.
# Variables: PYTHON (the interpreter that .venv is made with), GRADLE; ROUNDS and SEED of test-crash and test-faults, RUNS and SEED of
# simulate, SAGAS of soak; REPOSITORY of publish-local; QUICK, PEERS and ONLY of bench, UPDATE of bench-guard.

PYTHON ?= python3
GRADLE ?= gradle
ROUNDS ?= 300
SAGAS ?= 100000
RUNS ?= 1000000

VENV := .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# No daemon: nothing may stay behind when make has ended.
GRADLE_RUN := $(GRADLE) --quiet --no-daemon
REQUIRE := PYTHON='$(PYTHON)' GRADLE='$(GRADLE)' sh scripts/require.sh

# Folders count, too: their time changes when a file is removed.
BUILD_FILES := build.gradle settings.gradle java/published.gradle python/fireflytx/_version.py LICENSE NOTICE
JAVA_MAIN := $(shell find java/*/src/main) $(BUILD_FILES)
JAVA_TEST := $(JAVA_MAIN) $(shell find java/*/src/test protocol/vectors tests/conformance/scenarios) java/tools/ApiSurface.java $(wildcard java/*/api.txt)

# What is finished. A stamp lies in what it speaks for, so that it goes with it.
SDK := $(VENV)/.sdk-installed
DEV := $(VENV)/.dev-installed
JARS := python/fireflytx/_java/fireflytx-bridge.jar
JAVA_TESTS := build/java-tests.txt
JAVADOC := build/javadoc-checked
BENCH_VENV := .venv-bench
BENCH_SDK := $(BENCH_VENV)/.sdk-installed
BENCH_PEERS := $(BENCH_VENV)/.peers-installed
BENCH_RESTATE := $(BENCH_VENV)/.restate-installed
ECHO := build/bench/Echo.class

UNIT_TESTS := $(wildcard tests/unit)
INTEGRATION_TESTS := $(wildcard tests/integration tests/conformance tests/e2e)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# One Gradle and one pip at a time: they would wait for each other's locks, or break each other's work.
.NOTPARALLEL:
.PHONY: help demo test test-unit test-integration test-java test-crash test-faults test-scale test-java-projects test-brokers test-browser soak bench bench-java bench-guard simulate build jars publish-local java-api wheel lint typecheck fmt clean distclean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(SDK) $(JARS) ## run the order saga, to success and to a declined payment
	@$(BIN)/python examples/order.py

test: test-java $(DEV) $(JARS) ## run every test, Java's and Python's
	@$(BIN)/python -m pytest -m 'not long'

test-unit: $(DEV) ## run the Python tests that need no Java
	@$(BIN)/python -m pytest $(UNIT_TESTS)

test-integration: $(DEV) $(JARS) ## run the Python tests that start an engine
	@$(BIN)/python -m pytest $(INTEGRATION_TESTS)

test-java: $(JAVA_TESTS) ## run the Java tests
	@cat $(JAVA_TESTS)

test-crash: $(DEV) $(JARS) ## kill processes for ROUNDS rounds (300), from SEED on, and check what they did
	@$(BIN)/python -m tests.crash.kill_loop --rounds $(ROUNDS) $(if $(SEED),--seed $(SEED))

test-faults: $(DEV) $(JARS) ## let the disk fail, flip bits, move the clock, for ROUNDS rounds (300)
	@$(BIN)/python -m pytest tests/faults
	@$(BIN)/python -m tests.faults.failing_disk --rounds $(ROUNDS) $(if $(SEED),--seed $(SEED))
	@$(BIN)/python -m tests.faults.damage --flips $(ROUNDS) $(if $(SEED),--seed $(SEED))

test-scale: $(DEV) $(JARS) ## measure many waiting sagas, many left unfinished, how soon a restart resumes, and the millionth saga
	@$(BIN)/python -m tests.scale.waiting
	@$(BIN)/python -m tests.scale.backlog
	@$(BIN)/python -m tests.scale.restart
	@$(BIN)/python -m tests.scale.millionth
	@$(BIN)/python -m tests.scale.dashboard

test-browser: $(DEV) $(JARS) ## use the dashboard in Chromium, and take the pictures of its page
	@$(REQUIRE) chromium
	@$(PIP_INSTALL) 'playwright>=1.50'
	@$(BIN)/python -m pytest tests/browser
	@$(BIN)/python -m tests.browser.screenshots

test-java-projects: $(DEV) ## publish the Java libraries to a folder; build, run and kill new projects that use them
	@$(REQUIRE) jdk gradle maven curl
	@$(BIN)/python -m pytest tests/java_projects

test-brokers: $(DEV) ## install and start Redis, RabbitMQ, NATS and Kafka on loopback; publish events to them, and kill them
	@GRADLE='$(GRADLE)' sh tests/brokers/install.sh
	@$(BIN)/python -m pytest tests/brokers

soak: $(DEV) $(JARS) ## run SAGAS sagas (100000), and see that memory, threads and open files do not grow
	@$(BIN)/python -m tests.scale.soak --sagas $(SAGAS)

bench: $(BENCH_PEERS) $(BENCH_RESTATE) $(JARS) $(ECHO) ## measure beside the peers, for an hour, into docs/benchmarks; QUICK=1, PEERS and ONLY make it shorter (bench/README.md)
	@for tool in strace postgresql; do $(REQUIRE) $$tool || echo 'What needs it is not measured.'; done
	@$(BENCH_VENV)/bin/python -m compileall -q python/fireflytx bench
	@$(BENCH_VENV)/bin/python -m bench $(if $(QUICK),--quick) --peers '$(PEERS)' --only '$(ONLY)'

bench-guard: $(DEV) $(JARS) $(ECHO) ## fail if the engine has become slower, compared with bench/guard.json; UPDATE=1 writes that
	@$(REQUIRE) strace || echo 'What needs it is not measured.'
	@$(BIN)/python -m compileall -q python/fireflytx bench
	@$(BIN)/python -m bench.guard $(if $(UPDATE),--update)

bench-java: $(JARS) ## measure the engine inside a JVM: sagas a second, in memory and on SQLite, and the memory of one that runs
	@java -cp 'python/fireflytx/_java/*' bench/java/Throughput.java

simulate: ## run RUNS random worlds (1000000) of engines on a failing disk, from SEED on; a failure prints its seed
	@$(REQUIRE) jdk gradle
	@$(GRADLE_RUN) :engine:simulate -Pruns=$(RUNS) $(if $(SEED),-Pseed=$(SEED))

build: $(SDK) $(JARS) ## build the engine, and install the package into .venv, editable

jars: $(JARS) ## build the Java engine into the Python package

publish-local: ## put the Java libraries into ~/.m2, or into the folder REPOSITORY
	@$(REQUIRE) jdk gradle
	@$(GRADLE_RUN) $(if $(REPOSITORY),-Dmaven.repo.local='$(abspath $(REPOSITORY))') publishToMavenLocal

java-api: ## write the public API of the Java libraries to java/*/api.txt
	@$(REQUIRE) jdk gradle
	@$(GRADLE_RUN) writeApi

wheel: $(DEV) $(JARS) ## build the wheel and the source package into dist/
	@rm -rf dist
	@$(BIN)/python -m build --outdir dist
	@ls dist/*

lint: $(DEV) $(JAVADOC) ## check style and documentation, Python's and Java's
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet

typecheck: $(DEV) ## check the types, with mypy and pyright
	@$(BIN)/mypy
	@$(BIN)/basedpyright

fmt: $(DEV) ## format the Python code
	@$(BIN)/ruff check --fix --quiet
	@$(BIN)/ruff format --quiet

clean: ## remove what was built; .venv stays
	@rm -rf build dist java/*/build python/fireflytx/_java .gradle .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find python tests examples -name __pycache__ -prune -exec rm -rf {} +

distclean: clean ## remove .venv and .venv-bench, too
	@rm -rf $(VENV) $(BENCH_VENV)

$(VENV)/.created:
	@$(REQUIRE) python venv
	@echo 'Making $(VENV).'
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(SDK): $(VENV)/.created pyproject.toml python/fireflytx/_version.py
	@echo 'Installing the package into $(VENV).'
	@$(PIP_INSTALL) --editable .
	@$(BIN)/python -m compileall -q python/fireflytx  # as for a wheel: where Python may write none, every start would compile it
	@touch $@

$(DEV): $(SDK)
	@echo 'Installing the test and check tools into $(VENV).'
	@$(PIP_INSTALL) --editable '.[dev]'
	@touch $@

$(JARS): $(JAVA_MAIN)
	@$(REQUIRE) jdk gradle
	@echo 'Building the Java engine.'
	@$(GRADLE_RUN) jars
	@touch $@

$(BENCH_SDK): pyproject.toml python/fireflytx/_version.py
	@$(REQUIRE) python venv
	@echo 'Making $(BENCH_VENV).'
	@$(PYTHON) -m venv $(BENCH_VENV)
	@$(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[jre]'
	@touch $@

# A peer that can't be installed is not measured, and the results say so.
$(BENCH_PEERS): $(BENCH_SDK) bench/requirements.txt
	@echo 'Installing the peers.'
	@$(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --requirement bench/requirements.txt && touch $@ || \
		echo 'Not all peers could be installed.'

$(BENCH_RESTATE): $(BENCH_SDK) bench/package.json
	@echo 'Installing Restate.'
	@$(REQUIRE) npm && cp bench/package.json $(BENCH_VENV) && npm install --silent --no-fund --no-audit --prefix $(BENCH_VENV) && touch $@ || \
		echo 'Restate could not be installed.'

$(ECHO): bench/java/Echo.java
	@$(REQUIRE) jdk
	@mkdir -p $(@D)
	@javac --release 17 -Xlint:all -Werror -d $(@D) $<

$(JAVA_TESTS): $(JAVA_TEST)
	@$(REQUIRE) jdk gradle
	@echo 'Running the Java tests.'
	@$(GRADLE_RUN) testSummary

$(JAVADOC): $(JAVA_MAIN)
	@$(REQUIRE) jdk gradle
	@echo 'Checking the Java documentation.'
	@$(GRADLE_RUN) javadoc
	@mkdir -p $(@D)
	@touch $@
