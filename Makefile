# Everything a person does here. `make help` lists it.

PREFIX ?= /usr/local
SWIFT ?= swift
# Every build has these, so that no two of them rebuild each other's work.
SWIFT_FLAGS ?= --explicit-target-dependency-import-check error

LIGHTBENCH := .build/release/lightbench
BENCHMARKS := lightbench-bench
SWIFT_FILES := Package.swift Sources Tests

# What `make results` regenerates: experiment, or experiment.variant.
# The seeds of the sweep come before the sweep, whose table says what lies within their noise.
PHANTOM_RESULTS := phantom-matrix phantom-matrix.no-contrast phantom-mae-sweep.seeds phantom-mae-sweep \
  phantom-refinement phantom-refinement.planted phantom-refinement.planted-wide
REAL_RESULTS := light-sheet-matrix light-sheet-matrix.by-depth $(addprefix light-sheet-matrix.leave-out-,1 2 3 4) \
  light-sheet-mae-sweep light-sheet-refinement light-sheet-mae-detector

.DEFAULT_GOAL := help
.PHONY: help setup build matrix results test test-full sanitize fuzz bench bench-runner bench-arrays bench-matching bench-sweep format lint install

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install the Debian packages that are missing; nothing where all are there
	@.ci/setup

build: setup ## build the release binary, .build/release/lightbench
	$(SWIFT) build -c release $(SWIFT_FLAGS) --product lightbench

matrix: build ## regenerate the 6x6 matrix on phantoms and print it
	$(LIGHTBENCH) run experiments/phantom-matrix.yaml
	@$(LIGHTBENCH) table experiments/phantom-matrix.yaml
	@$(LIGHTBENCH) results experiments/phantom-matrix.yaml

# $(call regenerate,EXPERIMENT[.VARIANT]): runs it and writes its folder under results/.
experiment = experiments/$(word 1,$(subst ., ,$(1))).yaml $(addprefix --variant ,$(word 2,$(subst ., ,$(1))))
define regenerate
	$(LIGHTBENCH) run $(call experiment,$(1))
	$(LIGHTBENCH) results $(call experiment,$(1))

endef

results: build ## regenerate results/; what needs LIGHTBENCH_DATA only where that is set
	$(foreach name,$(PHANTOM_RESULTS),$(call regenerate,$(name)))
ifneq ($(strip $(LIGHTBENCH_DATA)),)
	$(foreach name,$(REAL_RESULTS),$(call regenerate,$(name)))
else
	@echo 'LIGHTBENCH_DATA is not set; left as they are: $(addprefix results/,$(REAL_RESULTS))'
endif

test: setup lint ## check the format, build everything, run the tests
	@.ci/test-setup
	$(SWIFT) build --build-tests $(SWIFT_FLAGS)
	$(SWIFT) test --skip-build $(SWIFT_FLAGS)

test-full: export LIGHTBENCH_TEST_FULL = 1
test-full: test ## the tests with those that take minutes

sanitize: setup ## the kernels' tests under the address, undefined-behaviour and thread sanitizers
	@.ci/sanitize

fuzz: setup ## read mutated files under the address sanitizer for LIGHTBENCH_FUZZ_SECONDS (600)
	@.ci/fuzz

bench: setup ## measure the engine, beside the PyTorch of LIGHTBENCH_TORCH, into results/benchmarks/
	$(if $(wildcard Sources/$(BENCHMARKS)),,$(error this checkout has no target '$(BENCHMARKS)' to measure with))
	$(SWIFT) run -c release $(SWIFT_FLAGS) $(BENCHMARKS)

bench-runner: build ## measure the runner, beside the Snakemake and DVC of LIGHTBENCH_RUNNERS, into results/benchmarks/
	$(SWIFT) run -c release $(SWIFT_FLAGS) $(BENCHMARKS) runner

# On two processors, so that every library has as many.
bench-arrays: setup ## measure array formats, beside zarr-python, tensorstore and h5py of LIGHTBENCH_PYTHON, into results/benchmarks/
	$(SWIFT) build -c release $(SWIFT_FLAGS) --product $(BENCHMARKS)
	taskset -c 0,1 .build/release/$(BENCHMARKS) arrays

bench-matching: setup ## measure how fast detections are matched, into results/benchmarks/
	$(SWIFT) run -c release $(SWIFT_FLAGS) $(BENCHMARKS) matching

bench-sweep: setup ## measure trainings of the sweep side by side, beside the PyTorch of LIGHTBENCH_TORCH, into results/benchmarks/
	$(SWIFT) run -c release $(SWIFT_FLAGS) $(BENCHMARKS) sweep

format: ## format all Swift files in place
	$(SWIFT) format --in-place --parallel --recursive $(SWIFT_FILES)

lint: ## check the format of all Swift files
	$(SWIFT) format lint --strict --parallel --recursive $(SWIFT_FILES)

# In a folder of its own: linking the runtime in would otherwise rebuild .build/release.
install: setup ## install the binary with the Swift runtime linked in; PREFIX=/usr/local
	$(SWIFT) build -c release --static-swift-stdlib --scratch-path .build-install $(SWIFT_FLAGS) --product lightbench
	install -D -m 755 .build-install/release/lightbench $(DESTDIR)$(PREFIX)/bin/lightbench
