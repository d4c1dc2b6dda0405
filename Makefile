# make             the three servers           make traps     run every claim about the kernel
# make 03-epoll    one chapter's server        make test      run the tests (fetches bats if need be)
# make clean       remove what was built       make docs      renew the output in the notes
# make lint        what cppcheck and others say  make torture   the long search for what breaks them
# make compare     the three side by side      make figures   measure, and draw docs/figures (gnuplot)
CFLAGS ?= -O2 -g
STRICT = -std=c11 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes

CHAPTERS = 01-select 02-poll 03-epoll
SERVERS = $(CHAPTERS:=/server)
TRAPS = $(patsubst %.c,%,$(wildcard 0*/traps/*.c))
TOOLS = scripts/test/client scripts/compare/load

all: $(SERVERS)
$(CHAPTERS): %: %/server

# Each program is compiled from its sources in one go, and again when one of its headers changes.
$(SERVERS): common/log.c common/log.h
02-poll/server 03-epoll/server: common/flags.c common/flags.h
$(TRAPS): scripts/traps/trap.h
$(SERVERS) $(TRAPS) $(TOOLS): %: %.c
	$(CC) $(STRICT) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.c,$^)

test: all $(TOOLS) $(TRAPS)
	@scripts/test/run.sh

traps: $(TRAPS)
	@scripts/traps.sh $(TRAPS)

docs: all $(TOOLS) $(TRAPS)
	@scripts/docs.sh

# A finding is an error. What is not looked for, and why: .clang-tidy and .cppcheck.
lint:
	shellcheck .ci/run scripts/*.sh scripts/*/*.sh
	cppcheck -q --std=c11 --enable=warning,style,performance,portability \
		--suppressions-list=.cppcheck --error-exitcode=1 0* common scripts
	clang-tidy --quiet $(wildcard 0*/*.c 0*/traps/*.c common/*.c scripts/*/*.c) -- -std=c11 2>/dev/null

torture: all $(TOOLS)
	@scripts/test/torture.sh

compare:
	@scripts/compare.sh

figures:
	mkdir -p docs/figures
	scripts/compare.sh --tsv docs/figures/cost.tsv cost
	gnuplot scripts/compare/figures.gp

clean:
	rm -f $(SERVERS) $(TRAPS) $(TOOLS)

.PHONY: all $(CHAPTERS) test traps docs lint torture compare figures clean
