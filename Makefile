# wq: see `make help`.
PREFIX = /usr/local
DESTDIR =
PROGRAMS = $(notdir $(wildcard Sources/wq-*))
EXAMPLES = $(wildcard $(addprefix examples/*,.sh .awk .py .pl)) examples/crontab

SWIFT = swift
ROUNDS = 500
TINY = .build-tiny
PLAIN = .build-plain
PREREQUISITES = .ci/prerequisites

bindir = $(DESTDIR)$(PREFIX)/bin
share = $(DESTDIR)$(PREFIX)/share
bash = $(share)/bash-completion/completions
zsh = $(share)/zsh/site-functions
examples = $(share)/doc/wq/examples

all: ## build the programs into bin/ (Embedded Swift, static)
	@$(PREREQUISITES) build
	$(SWIFT) build -c release --traits Tiny --scratch-path $(TINY)
	@for program in $(PROGRAMS); do install $(TINY)/release/$$program bin/ || exit; done

plain: ## build them as ordinary Swift, for debuggers, into .build-plain/debug/
	@$(PREREQUISITES) build
	$(SWIFT) build --build-tests --scratch-path $(PLAIN) \
	    -Xlinker -rpath -Xlinker "$$(dirname "$$(readlink -f "$$(command -v $(SWIFT))")")/../lib/swift/linux"

test: ## install what is missing, build, and run the linters and all tests
	@$(PREREQUISITES) build test lint
	@Tests/run

test-adding: ## that each place which adding something takes is noticed if it is left out (make test tries two)
	@$(PREREQUISITES) build test
	@$(MAKE) --no-print-directory all plain
	@WQ_TEST_ALL=1 Tests/run Tests/docs/adding.bats

test-plain: ## all shell tests with the plain programs (make test runs a third)
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
	@test -x bin/wq-push || { echo 'make install: there is nothing built: run make first' >&2; exit 1; }
	install -d $(bindir) $(share)/man/man1 $(share)/man/man7 $(bash) $(zsh) $(examples)
	install $(PROGRAMS:%=bin/%) bin/wq-local $(bindir)
	install -m 644 $(PROGRAMS:%=docs/man/%.1) docs/man/wq-local.1 $(share)/man/man1
	install -m 644 docs/man/wq.7 $(share)/man/man7
	for program in $(PROGRAMS); do install -m 644 docs/completions/wq.bash $(bash)/$$program || exit; done
	install -m 644 docs/completions/_wq $(zsh)
	install $(filter %.sh %.py %.pl,$(EXAMPLES)) $(examples)
	install -m 644 $(filter-out %.sh %.py %.pl,$(EXAMPLES)) $(examples)

uninstall: ## remove what install put there
	for program in $(PROGRAMS) wq-local; do \
	    rm -f $(bindir)/$$program $(share)/man/man1/$$program.1 $(bash)/$$program; done
	rm -f $(share)/man/man7/wq.7 $(zsh)/_wq $(EXAMPLES:examples/%=$(examples)/%)
	-rmdir --ignore-fail-on-non-empty $(examples) $(share)/doc/wq

clean: ## remove everything that was built
	rm -rf .build .build-* $(PROGRAMS:%=bin/%)

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-12s %s\n", $$1, $$2 }' Makefile

.PHONY: all plain test test-adding test-plain test-servers test-kills fuzz mutants soak demo bench lint docs install uninstall clean help
