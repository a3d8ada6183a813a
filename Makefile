# Thin: every target calls one script of .ci, so that CI and a person run the same line.
.PHONY: help demo test test-long test-vm build release install uninstall package bench format check clean

help: ## this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/  \1\t\2/p' Makefile | expand -t 14

demo: ## set up, build, and heal real regressions
	@.ci/demo

test: ## set up, build, and run all tests
	@.ci/test

test-long: ## the same with the long forms of fuzzing and random tests
	@DRYDOCK_LONG=1 .ci/test

test-vm: ## cgroup v2 and delegation, in a virtual machine
	@.ci/test-vm

build: ## set up and make a debug build
	@.ci/setup build
	swift build

release: ## set up and make an optimised build
	@.ci/setup build
	swift build -c release --static-swift-stdlib

install: ## install the release build below PREFIX (/usr/local)
	@.ci/install

uninstall: ## remove what install put there
	@.ci/install --uninstall

package: release ## a tarball and a .deb in dist/
	@.ci/package

bench: ## measure against peers; results in docs/benchmarks
	@.ci/setup bench
	@Benchmarks/run

format: ## format the Swift sources
	@.ci/format

check: ## fail where the sources are not formatted
	@.ci/format --check

clean: ## remove build products
	rm -rf .build .deps dist
