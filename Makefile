# Packline. `make` lists what there is.
.DEFAULT_GOAL := help
.PHONY: help run stop test chaos build release install uninstall lint bench deploy-check image-check compose-check clean

UPSTREAM ?= sandbox
BUCKET ?= directory
export UPSTREAM BUCKET
ifdef PREFIX
export PREFIX
endif

help: ## List the commands
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Fill a repository and serve it; UPSTREAM=wordpress.org for the real one, BUCKET=s3 for a bucket
	@scripts/run.sh

stop: ## End the servers that `make run` left running
	@scripts/stop.sh

test: ## Install what is missing and prove the promises, with real servers and the real Composer
	@scripts/test.sh

chaos: ## Kill workers at random, 2,000 or KILLS=N times (an hour and more), and compare the buckets; SEED=N for other ones
	@scripts/chaos.sh

build: ## Build for development; warnings are errors
	@scripts/install.sh build
	@scripts/build.sh debug --build-tests

release: ## Build for use, optimised
	@scripts/install.sh build
	@scripts/build.sh release

install: ## Install packline, completions and manual below PREFIX (/usr/local); BIN=FOLDER of executables, DESTDIR=
	@scripts/install-packline.sh install

uninstall: ## Remove what `make install` with the same PREFIX has put there
	@scripts/install-packline.sh uninstall

lint: ## Check formatting and shell scripts
	@scripts/install.sh lint
	@scripts/lint.sh

bench: ## Measure the whole directory, a no-change round and eight weeks of events; appends to Benchmarks/RESULTS.md
	@Benchmarks/run.sh

deploy-check: ## Check Dockerfile, compose.yaml, the Kubernetes manifests, alerts and dashboard; no Docker engine needed
	@scripts/install.sh deploy
	@scripts/check-deploy.sh

image-check: ## Run the pipeline in a root file system like the image's, as its user; BIN=FOLDER of executables
	@scripts/install.sh build image
	@scripts/image-check.sh

compose-check: ## Run the stack of compose.yaml as processes, and install from it with Composer; BIN=FOLDER as above
	@scripts/install.sh build servers composer deploy image
	@scripts/compose-processes.py --bin "$(or $(BIN),.build/release)"
	@scripts/compose-processes.py --bin "$(or $(BIN),.build/release)" --lazy

clean: stop ## Remove what was built and what was installed into this folder; data/ stays
	rm -rf .build .cache
