# SPDX-License-Identifier: GPL-2.0
#
# The kernel's build system reads Kbuild; this file is for whoever types make here.

MAKEFLAGS += --no-print-directory
DEMO = livepatch
MODULES = rust
given = DESTDIR PREFIX KDIR KERNEL SUITE MIRROR M MO LLVM V W INSTALL_MOD_PATH INSTALL_MOD_DIR DEMO MODULES
export $(given)
# The scripts get what was given as it is; make would expand a $ in it.
$(foreach name,$(given),$(if $(filter-out undefined,$(origin $(name))),$(eval override $(name) := $$(value $(name)))))

.PHONY: help
help: ## Show this list
	@sed -n 's/^\([a-z_-]*\):[^#]*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20
	@echo
	@echo 'Variables:'
	@echo '  KERNEL=RELEASE    another stock kernel than the newest; scripts/kernel releases lists them'
	@echo '  KDIR=DIR          a kernel tree of your own, with the compilers of this machine'
	@echo '  M=DIR             a directory of livepatches of your own, instead of the samples'
	@echo '  MO=DIR            where to build (default: in M; for the samples, build/RELEASE)'
	@echo '  SUITE=, MIRROR=   Debian suite (default: trixie-backports) and archive (default: that of this machine)'
	@echo '  DEMO=NAME         the demo: a page of Documentation/samples (default: livepatch)'
	@echo '  MODULES=KIND      what upstream'"'"'s test modules are written in: rust (default), c or mixed'
	@echo '  DESTDIR=, PREFIX= where make install puts klpctl (default: PREFIX=/usr/local)'
	@echo '  V=1               show the commands'

.PHONY: demo
demo: ## Boot a stock Debian kernel and see a sample livepatch work there, the one of DEMO=
	@[ -z "$$KDIR$$M" ] || { echo 'make demo shows the sample on a stock kernel: it takes KERNEL=, not KDIR= or M=' >&2; exit 2; }
	@MO= scripts/demo "$$DEMO"

.PHONY: modules
modules: ## Build the samples, or the livepatches in M=
	@scripts/kbuild modules

.PHONY: modules_install
modules_install: modules ## Install them below INSTALL_MOD_PATH (default: /)
	@scripts/kbuild modules_install

.PHONY: clean
clean: ## Remove what was built here, or in M= and MO=; the cache stays
	@if [ "$$M$$MO" ]; then scripts/kbuild clean; \
	else rm -rf build rust-project.json 2>/dev/null || { echo 'make clean: cannot remove build/; is the checkout read-only?' >&2; exit 1; }; fi

.PHONY: klpctl
klpctl: ## Build the host program, build/klpctl
	@scripts/klpctl

.PHONY: install
install: ## Install klpctl, its man pages, completions and units below DESTDIR= and PREFIX=
	@scripts/install

.PHONY: deb
deb: ## Build the Debian package klpctl, and print where it is
	@scripts/deb

.PHONY: test
test: ## Run all tests; the last line is 'N passed, N failed'
	@selftests/run

.PHONY: test-all
test-all: ## Run all tests on the newest kernel, and again on the newest of the line before
	@status=0; for release in $$(scripts/kernel lines | head -n 2); do \
		echo "# on $$release"; \
		KERNEL=$$release selftests/run --all || status=1; \
	done; exit $$status

.PHONY: selftests
selftests: ## Run the kernel's livepatch selftests and this project's in guests; MODULES=c or mixed: see the README there
	@case $$MODULES in \
	rust) selftests/run selftests/host/upstream.sh selftests/test-*.sh ;; \
	c) selftests/run selftests/host/upstream-c.sh ;; \
	mixed) selftests/run selftests/host/mixed.sh ;; \
	*) echo "make selftests: MODULES=$$MODULES: it is rust, c or mixed" >&2; exit 2 ;; \
	esac

.PHONY: lab
lab: ## Build a kernel with KASAN, lockdep, kmemleak and more, once, and run what runs in a guest there. Takes hours
	@scripts/lab

.PHONY: corpus
corpus: ## Make livepatches of all C files that a stock update changed, load them, and write Documentation/real-fixes.md. Takes hours
	@scripts/corpus make && scripts/corpus load && scripts/corpus report >build/real-fixes.md
	@mv build/real-fixes.md Documentation/real-fixes.md

.PHONY: bench
bench: ## Measure livepatches in Rust beside the same in C, and write Documentation/bench.md. Takes a quarter of an hour
	@mkdir -p build && scripts/bench >build/bench.md
	@mv build/bench.md Documentation/bench.md

.PHONY: check
check: ## Check format, lints, that every unsafe is documented, and the scripts
	@scripts/check

.PHONY: doc
doc: ## Make the crate's documentation; print where it is
	@scripts/doc

.PHONY: rust-analyzer
rust-analyzer: ## Write rust-project.json, here or in M=, for editors
	@scripts/rust-analyzer

.PHONY: kdir
kdir: ## Print the path of the prepared kernel tree
	@scripts/kernel kdir "$$KERNEL"
