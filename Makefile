# API Key Rotator. `make start` and `make test` need nothing but npm: they install what they use, Node 24 included.
.DEFAULT_GOAL := help
.PHONY: help start dev test test-coverage test-start lint fmt check build bundle-enterprise build-lightweight build-enterprise build-all up up-prod up-observability secrets down down-prod bench docs db-reset clean

BIN := node_modules/.bin
NODE := $(BIN)/node
# One stamp per content of these two files, so that a re-run installs nothing and a changed lockfile does.
STAMP := node_modules/.installed-$(shell cat package-lock.json scripts/install-node.cjs | cksum | tr ' ' -)
SOURCES := $(shell find src ui builds scripts package.json package-lock.json -type f -not -path '*/node_modules/*')
BUNDLE := dist/lightweight/main.js
BUNDLE_ENTERPRISE := dist/enterprise/main.js
IMAGE := api-key-rotator
VERSION := $(shell sed -n 's/^  "version": "\(.*\)",/\1/p' package.json)
REVISION := $(shell git rev-parse HEAD 2>/dev/null)
DOCKER ?= docker
# What docker-compose.prod.yml mounts.
STACK_SECRETS := jwt_secret encryption_key client_key_pepper db_password db_root_password redis_password metrics_token
# Scripts of dependencies must find this Node first, not an older one of the machine.
export PATH := $(CURDIR)/$(BIN):$(PATH)

##@ Run
help: ## Show this list
	@awk 'BEGIN { FS = ":.*## " } /^##@/ { printf "\n%s\n", substr($$0, 5) } /^[a-z-]+:.*## / { printf "  %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

start: $(BUNDLE) ## Install, build and run the lightweight gateway
	@exec $(NODE) $(BUNDLE)

dev: $(STAMP) ## Run from the sources, again at every change; the web UI is then at http://localhost:5173/ui/
	@trap 'kill 0' EXIT; $(BIN)/vite ui --clearScreen false & $(NODE) --watch builds/lightweight/main.ts

##@ Check
test: $(STAMP) ## Run every test
	@$(NODE) scripts/test.ts

test-coverage: $(STAMP) ## Run every test and report what the unit part covers, in coverage/
	@$(NODE) scripts/test.ts --coverage

test-start: $(STAMP) ## `make start` in a clean clone answers a streamed call
	@$(NODE) scripts/test.ts start

lint: $(STAMP) ## Look for mistakes
	@$(BIN)/eslint .

fmt: $(STAMP) ## Format the code
	@$(BIN)/prettier --log-level warn --write src builds test scripts bench '*.js'

check: $(STAMP) ## Types, mistakes and documentation that does not match the code
	@$(BIN)/tsc -p .
	@$(BIN)/tsc -p test/ui
	@$(BIN)/vue-tsc -p ui
	@$(MAKE) --no-print-directory lint
	@if [ -f scripts/generate-docs.ts ]; then $(NODE) scripts/generate-docs.ts --check; fi

##@ Build
build: $(BUNDLE) ## Build the lightweight bundle into dist/lightweight

build-lightweight: ## Build the image api-key-rotator:lightweight
	$(DOCKER) build -f Dockerfile.lightweight -t $(IMAGE):lightweight --build-arg VERSION=$(VERSION) --build-arg REVISION=$(REVISION) .

bundle-enterprise: $(BUNDLE_ENTERPRISE) ## Build the enterprise bundle into dist/enterprise

build-enterprise: ## Build the image api-key-rotator:enterprise
	$(DOCKER) build -f Dockerfile.enterprise -t $(IMAGE):enterprise --build-arg VERSION=$(VERSION) --build-arg REVISION=$(REVISION) .

build-all: build-lightweight build-enterprise ## Both images

##@ Containers
up: ## Start the lightweight container with docker compose
	$(DOCKER) compose up -d --build --wait

up-prod: secrets ## Start the enterprise stack: replicas, load balancer, MySQL, Redis (COMPOSE_PROFILES=postgres takes PostgreSQL)
	$(DOCKER) compose -f docker-compose.prod.yml up -d --build --wait
	@echo 'Clients: http://localhost:$(or $(BACKEND_PORT),8000)   Management, this machine only: http://localhost:$(or $(ADMIN_PORT),8001)'
	@$(DOCKER) compose -f docker-compose.prod.yml exec -T gateway akr setup-link 2>/dev/null | sed 's#:8001/#:$(or $(ADMIN_PORT),8001)/#' || true

up-observability: secrets/metrics_token ## Start the lightweight container with Prometheus, Grafana and Jaeger (docs/observability.md)
	$(DOCKER) compose -f docker-compose.yml -f docker-compose.observability.yml up -d --build --wait
	@echo 'Gateway: http://localhost:$(or $(BACKEND_PORT),8000)   Grafana: http://localhost:$(or $(GRAFANA_PORT),3000)   Prometheus: http://localhost:$(or $(PROMETHEUS_PORT),9090)   Jaeger: http://localhost:$(or $(JAEGER_PORT),16686)'

secrets/metrics_token:
	@mkdir -p secrets && chmod 700 secrets
	@od -An -tx1 -N32 /dev/urandom | tr -d ' \n' > $@ && chmod 644 $@

secrets: ## Make the secrets of the enterprise stack in secrets/, as far as they are missing
	@for name in $(STACK_SECRETS); do [ -s secrets/$$name ] || { $(MAKE) --no-print-directory secrets-missing; break; }; done

# Containers read them as users of their own, so the files are open and the folder is not.
.PHONY: secrets-missing
secrets-missing: $(BUNDLE_ENTERPRISE)
	@$(NODE) $(BUNDLE_ENTERPRISE) init --out secrets --setup-link
	@chmod 700 secrets && chmod 644 $(addprefix secrets/,$(STACK_SECRETS))

down: ## Stop the container, and what up-observability started; their data stays
	$(DOCKER) compose -f docker-compose.yml -f docker-compose.observability.yml down

down-prod: ## Stop the enterprise stack; its data and secrets stay
	$(DOCKER) compose -f docker-compose.prod.yml --profile '*' down

##@ More
bench: $(BUNDLE) $(BUNDLE_ENTERPRISE) ## Measure against its peers (docs/benchmarks.md)
	@$(NODE) bench/run.ts $(ARGS)

docs: $(STAMP) ## Write the documentation that is generated from the code
	@$(NODE) scripts/generate-docs.ts

db-reset: ## Start over: data/ moves aside, nothing is deleted
	@if [ -d data ]; then to=data.$$(date +%Y%m%d-%H%M%S) && mv data "$$to" && echo "data/ is now $$to/"; else echo 'There is no data/.'; fi

clean: ## Remove what was built and installed; data/ stays
	rm -rf dist coverage .test-results node_modules bench/node_modules

$(STAMP):
	@echo 'Installing the packages of package-lock.json ...'
	@npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@node scripts/install-node.cjs
	@touch $@

$(BUNDLE): $(STAMP) $(SOURCES)
	@$(NODE) scripts/build.ts lightweight

$(BUNDLE_ENTERPRISE): $(STAMP) $(SOURCES)
	@$(NODE) scripts/build.ts enterprise
