# make             the three servers           make traps     run every claim about the kernel
# make 03-epoll    one chapter's server        make test      run the tests (fetches bats if need be)
# make exercise N=01-2    predict and see      make quiz      questions that your kernel answers
# make compare     the three side by side      make figures   measure, and draw docs/figures (gnuplot)
# make docs        renew the output in the notes    make torture   the long search for what breaks them
# make lint        what cppcheck and others say     make clean     remove what was built
CFLAGS ?= -O2 -g
STRICT = -std=c11 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes

# epoll is Linux's, and the traps say what Linux does. The first two servers are for any Unix.
SYSTEM := $(shell uname)
ON_LINUX := $(filter Linux,$(SYSTEM))
CHAPTERS = 01-select 02-poll 03-epoll
SERVERS = $(CHAPTERS:=/server)
TRAPS = $(if $(ON_LINUX),$(patsubst %.c,%,$(wildcard 0*/traps/*.c)))
TOOLS = $(if $(ON_LINUX),$(addprefix scripts/,test/client compare/threads))
RECORDER = $(if $(ON_LINUX),scripts/compare/watch.so)
READY = $(if $(ON_LINUX),$(SERVERS),01-select/server 02-poll/server)
QUIET =

ready: all
	@echo "Ready: $(READY:%=./%)"
	@$(if $(ON_LINUX),,echo "03-epoll, the traps and the tests need Linux: this is $(SYSTEM)")

all: $(READY)
	@:

# The second form is what a shell's completion types.
$(CHAPTERS): %: %/server
	@echo "Ready: ./$<"
$(CHAPTERS:=/): %/: %/server
	@echo "Ready: ./$<"

# Each program is compiled from its sources in one go, and again when one of its headers changes.
COMPILE = $(or $(strip $(CC)),cc) $(STRICT) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS)
$(SERVERS): common/log.c common/log.h
02-poll/server 03-epoll/server: common/flags.c common/flags.h
$(TRAPS): 01-select/traps/trap.h
scripts/compare/threads: scripts/test/main.c
$(TRAPS) $(TOOLS): LDLIBS += -pthread
$(SERVERS) $(TRAPS) $(TOOLS): %: %.c
	$(QUIET)$(COMPILE) -o $@ $(filter %.c,$^) $(LDLIBS)

# The recorder of calls is a library that is loaded into a server.
scripts/compare/watch.so: scripts/compare/watch.c
	$(QUIET)$(filter-out -static,$(COMPILE)) -shared -fPIC -o $@ $< -ldl

# These show what their scripts say, not how it was compiled.
test traps docs torture compare exercise quiz: QUIET = @

everything: $(READY) $(TOOLS) $(TRAPS) $(RECORDER)

test: everything
	@scripts/test/run.sh

traps: $(TRAPS)
	@scripts/traps.sh $(TRAPS)

docs: everything
	@scripts/docs.sh

torture: everything
	@scripts/test/torture.sh

exercise:
	@scripts/exercise.sh $(N) $${FILE:+"$$FILE"}

quiz:
	@scripts/quiz.sh

compare:
	@scripts/compare.sh

figures:
	@command -v gnuplot >/dev/null || { echo "make figures: gnuplot is not installed; nothing was measured" >&2; exit 1; }
	@mkdir -p docs/figures && FIGURES=$$(mktemp -d) && export FIGURES && trap 'rm -rf "$$FIGURES"' EXIT && \
		scripts/compare.sh --tsv "$$FIGURES/cost.tsv" cost && gnuplot scripts/compare/figures.gp && \
		cp "$$FIGURES"/* docs/figures

# A finding is an error. What is not looked for, and why: .clang-tidy and .cppcheck.
lint:
	shellcheck .ci/run scripts/*.sh scripts/*/*.sh
	cppcheck -q --std=c11 --enable=warning,style,performance,portability \
		--suppressions-list=.cppcheck --error-exitcode=1 0* common scripts
	clang-tidy --quiet $(wildcard 0*/*.c 0*/traps/*.c common/*.c scripts/*/*.c) -- -std=c11 2>/dev/null

clean:
	rm -f $(SERVERS) $(TRAPS) $(TOOLS) $(RECORDER)

.BEGIN: # only BSD's make begins with this
	@echo "This Makefile is GNU make's: gmake"; exit 1
.DELETE_ON_ERROR:
.PHONY: ready all $(CHAPTERS) $(CHAPTERS:=/) everything test traps docs torture exercise quiz compare figures lint clean
