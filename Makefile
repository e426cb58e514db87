# Lot. `make` lists the targets. Only Go is needed; `race` also needs a C compiler, `docker` an engine.

SHELL       := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS   += --no-builtin-rules

GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
IMAGE   ?= lot:$(VERSION)

# The same sources and the same Go give the same bytes, wherever they lie and whatever git knows about them.
BUILD_FLAGS := -trimpath -buildvcs=false -ldflags "-s -w -X main.version=$(VERSION)"

# Longest run of each package's tests; all of them together stay below five minutes on two cores.
TEST_TIMEOUT ?= 4m
# What the race detector looks at: the core, and whatever has goroutines around it.
RACE     ?= $(patsubst %,./%/...,$(wildcard dag node mesh bootstrap firmware identity channels)) ./sim ./sim/sweep ./sim/swarm
FUZZTIME ?= 5s
BENCH    ?= .
MUTANT   ?= *
DEMO     ?=

# How long the swarm looks for seeds that break something, or which seeds it runs (SEEDS="--from 1 --seeds 40").
SWARM    ?= 2m
SEEDS    ?= --for $(SWARM)

# The big counts of `make soak`.
SOAK_FUZZTIME     ?= 2m
SOAK_RAPID_CHECKS ?= 20000

# A linter is built once per version, through the module proxy like everything else.
GOLANGCI_VERSION := v2.15.0
GOLANGCI         := .bin/golangci-lint-$(GOLANGCI_VERSION)/golangci-lint

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## build every program into bin/, static and reproducible
	@mkdir -p bin
	CGO_ENABLED=0 $(GO) build $(BUILD_FLAGS) -o bin/ ./cmd/...

.PHONY: test
test: ## vet, and run all tests (needs Go only; uses mosquitto_pub where it is installed)
	@command -v mosquitto_pub >/dev/null || echo "mosquitto_pub is not installed: tests use the built-in MQTT client only"
	$(GO) vet ./...
	$(GO) test -timeout $(TEST_TIMEOUT) ./...

.PHONY: race
race: ## run the core's tests with the race detector, at reduced counts (RACE=packages)
	CGO_ENABLED=1 $(GO) test -race -short -timeout 10m $(RACE)

.PHONY: fuzz
fuzz: ## fuzz every decoder for FUZZTIME (5s) each
	GO=$(GO) tools/fuzz.sh $(FUZZTIME)

.PHONY: bench
bench: ## run the benchmarks (BENCH=pattern)
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem ./...

.PHONY: lint
lint: $(GOLANGCI) ## run the linters
	$(GOLANGCI) run ./...

$(GOLANGCI):
	GOFLAGS= GOBIN=$(CURDIR)/$(dir $@) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)

.PHONY: soak
soak: ## run everything with big counts, for hours, and print what was run
	GO=$(GO) tools/soak.sh $(SOAK_RAPID_CHECKS) $(SOAK_FUZZTIME)

.PHONY: mutants
mutants: ## plant each bug of mutants/ and show which test catches it (MUTANT=name pattern)
	$(GO) run ./tools/mutants -only '$(MUTANT)'

.PHONY: swarm
swarm: build ## simulate random networks with faults and attackers, each twice, for SWARM (2m)
	bin/lot sim swarm $(SEEDS) --shrink

.PHONY: demo
demo: build ## five gateways and twenty devices on this machine (DEMO="--for 30s")
	bin/lot demo $(DEMO)

.PHONY: docker
docker: ## build the container image (IMAGE=name)
	docker build --build-arg VERSION=$(VERSION) --tag $(IMAGE) .

.PHONY: clean
clean: ## remove what was built
	rm -rf bin .bin
