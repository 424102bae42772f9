# wq: see `make help`.
PREFIX = /usr/local
DESTDIR =
PROGRAMS = $(notdir $(wildcard Sources/wq-*))
EXAMPLES = $(shell find examples -type f)
DOCS = README.md CHANGELOG.md LICENSE $(wildcard docs/*.md) docs/states.svg
VERSION = $(shell sed -n 's/^package let version.*"\(.*\)"$$/\1/p' Sources/Shell/Program.swift)
SWIFT = swift
ROUNDS = 500
TINY = .build-tiny
HOST = $(shell uname -m)
ARCH = $(HOST)
BIN = bin$(if $(filter-out $(HOST),$(ARCH)),/$(ARCH))
PLAIN = .build-plain
PREREQUISITES = .ci/prerequisites

# What the packages say of their making; the commit decides it.
ARCHS = x86_64 aarch64
MAINTAINER = $(shell git log -1 --format='%aN <%aE>')
SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct)

bindir = $(DESTDIR)$(PREFIX)/bin
share = $(DESTDIR)$(PREFIX)/share
bash = $(share)/bash-completion/completions
zsh = $(share)/zsh/site-functions
fish = $(share)/fish/vendor_completions.d
doc = $(share)/doc/wq
pages = $(PROGRAMS:%=man1/%.1) man1/wq-local.1 man7/wq.7

all: ## build the programs into bin/ (Embedded Swift, static); ARCH=aarch64: into bin/aarch64, on any machine
ifeq ($(ARCH),$(HOST))
	@$(PREREQUISITES) build
	$(SWIFT) build -c release --traits Tiny --scratch-path $(TINY)
	@for program in $(PROGRAMS); do install -D -t bin $(TINY)/release/$$program || exit; done
else ifeq ($(ARCH),aarch64)
	@$(PREREQUISITES) build cross
	packaging/sysroot .build-$(ARCH)/sysroot
	packaging/cross .build-$(ARCH)/sysroot .build-$(ARCH)/work $(BIN) $(PROGRAMS)
else
	@echo 'make: only aarch64 is built on other machines' >&2; exit 1
endif

dist: ## make the packages of a release in dist/, for ARCHS (x86_64 aarch64): tarballs, .debs, an image
	@$(PREREQUISITES) build dist
	@for arch in $(ARCHS); do $(MAKE) --no-print-directory ARCH=$$arch all || exit; done
	@VERSION='$(VERSION)' MAINTAINER='$(MAINTAINER)' SOURCE_DATE_EPOCH='$(SOURCE_DATE_EPOCH)' packaging/release dist \
	    $(foreach arch,$(ARCHS),$(arch)=$(if $(filter-out $(HOST),$(arch)),bin/$(arch),bin))

plain: ## build them as ordinary Swift, for debuggers, into .build-plain/debug/
	@$(PREREQUISITES) build
	$(SWIFT) build --build-tests --scratch-path $(PLAIN) \
	    -Xlinker -rpath -Xlinker "$$(dirname "$$(readlink -f "$$(command -v $(SWIFT))")")/../lib/swift/linux"

test: ## install what is missing, build, and run the linters and all tests (WQ_TEST_SEED=N chooses some)
	@$(PREREQUISITES) build test containers cross emulated lint
	@Tests/run

test-adding: ## that each place which adding something takes is noticed if it is left out (make test tries two)
	@$(PREREQUISITES) build test
	@$(MAKE) --no-print-directory all plain
	@WQ_TEST_ALL=1 Tests/run Tests/docs/adding.bats

test-plain: ## all shell tests with the plain programs (make test runs an eighth)
	@$(PREREQUISITES) build test
	@$(MAKE) --no-print-directory plain
	@WQ_BIN=$(CURDIR)/$(PLAIN)/debug Tests/run Tests/shell/*.bats

test-servers: ## the end-to-end tests with other servers and hiredis 1.x, half an hour (ARGS=valkey-9 runs one)
	@$(PREREQUISITES) build test
	@$(MAKE) --no-print-directory all
	@Tests/servers/run $(ARGS)

test-kills: ## kill -9 wq-work and wq-renew at 500 random instants (ROUNDS=): nothing that they started may go on
	@$(PREREQUISITES) build test
	@$(MAKE) --no-print-directory all
	@PATH="$(CURDIR)/bin:$$PATH" bin/wq-local /usr/bin/python3 -B Tests/chaos/keepers.py $(ROUNDS)

fuzz: ## look for replies, records and text that crash something, for FUZZ_SECONDS (60)
	@$(PREREQUISITES) build test
	@$(MAKE) --no-print-directory all plain
	@Tests/fuzz/run

mutants: ## plant MUTANTS (240) mistakes, one at a time, and see that tests notice; an hour or two (MUTANTS_SEED, ARGS=due.lua)
	@$(PREREQUISITES) build test mutants
	@$(MAKE) --no-print-directory all
	@Tests/mutants/run $(ARGS)

test-arm64: ## tests with the programs for arm64, which qemu runs: a few minutes
	@$(PREREQUISITES) build test cross emulated
	@$(MAKE) --no-print-directory ARCH=aarch64 all
	@Tests/packages/emulated env WQ_BIN=$(CURDIR)/bin/aarch64 Tests/run Tests/packages/arm64.bats \
	    $(patsubst %,Tests/shell/%.bats,options complete config json records)

test-containers: ## play the tutorial's pods with podman, as root: killed, out of memory, asked to end (make test has its first part)
	@$(PREREQUISITES) build test containers
	@$(MAKE) --no-print-directory all
	@Tests/run Tests/containers/*.bats

test-packages: ## install dist/ in roots of Debian 12 and 13 and of busybox alone, and do the tutorial's job there
	@$(PREREQUISITES) build test dist roots containers
	@$(MAKE) --no-print-directory dist
	@Tests/packages/make-roots
	@Tests/run Tests/packages/roots.bats Tests/packages/image.bats

test-twice: ## compile and pack everything in another folder, and compare the packages: ten minutes
	@$(MAKE) --no-print-directory dist
	@Tests/packages/twice

soak: ## kill, cut and fail everything at random, for SOAK_SECONDS (3600), and compare answers with the truth
	@$(PREREQUISITES) build test
	@$(MAKE) --no-print-directory all
	@Tests/soak/run

demo: ## install what is missing, build, and run the tutorial's job
	@$(PREREQUISITES) build demo
	@$(MAKE) --no-print-directory all
	@PATH="$(CURDIR)/bin:$$PATH" bin/wq-local examples/demo

bench: ## measure, beside peers (ARGS=a runs one part, ARGS=--write also writes docs/benchmarks.md)
	@$(PREREQUISITES) build bench
	@$(MAKE) --no-print-directory all
	@Tests/bench/run $(ARGS)

lint: ## check the style of everything
	@$(PREREQUISITES) build lint
	@Tests/lint

docs: all ## write the manual pages' option lists and the completions' names anew from the programs
	docs/man/generate

install: ## install into PREFIX (/usr/local), below DESTDIR
	@test -x $(BIN)/wq-push || { echo 'make install: there is nothing built: run make first' >&2; exit 1; }
	install -d $(bindir) $(share)/man/man1 $(share)/man/man7 $(bash) $(zsh) $(fish) $(doc)
	install $(PROGRAMS:%=$(BIN)/%) bin/wq-local $(bindir)
	for page in $(pages); do \
	    sed 's/^\.Os$$/.Os wq $(VERSION)/' docs/man/$${page#*/} >$(share)/man/$$page && \
	    chmod 644 $(share)/man/$$page || exit; done
	for program in $(PROGRAMS) wq-local; do \
	    install -m 644 docs/completions/wq.bash $(bash)/$$program && \
	    install -m 644 docs/completions/wq.fish $(fish)/$$program.fish || exit; done
	install -m 644 docs/completions/_wq $(zsh)
	for file in $(DOCS) $(EXAMPLES); do \
	    mode=644; test ! -x $$file || mode=755; \
	    install -D -m $$mode $$file $(doc)/$$file || exit; done

uninstall: ## remove what install put there
	for program in $(PROGRAMS) wq-local; do \
	    rm -f $(bindir)/$$program $(bash)/$$program $(fish)/$$program.fish; done
	rm -f $(pages:%=$(share)/man/%) $(zsh)/_wq $(DOCS:%=$(doc)/%) $(EXAMPLES:%=$(doc)/%)
	-find $(doc) -depth -type d -exec rmdir --ignore-fail-on-non-empty {} +

clean: ## remove everything that was built
	rm -rf .build .build-* dist $(PROGRAMS:%=bin/%) bin/aarch64

version: ## print the version, which Sources/Shell/Program.swift has
	@echo $(VERSION)

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "%-12s %s\n", $$1, $$2 }' Makefile

.PHONY: all dist plain test test-adding test-plain test-servers test-kills test-arm64 test-containers test-packages test-twice fuzz mutants soak demo bench lint docs install uninstall clean version help
