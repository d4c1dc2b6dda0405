# make             the three servers           make traps     run every claim about the kernel
# make 03-epoll    one chapter's server        make test      run the tests (fetches bats if need be)
# make clean       remove what was built       make docs      renew the output in the notes
CFLAGS ?= -O2 -g
STRICT = -std=c11 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes

CHAPTERS = 01-select 02-poll 03-epoll
SERVERS = $(CHAPTERS:=/server)
TRAPS = $(patsubst %.c,%,$(wildcard 0*/traps/*.c))
TOOLS = scripts/client scripts/load

all: $(SERVERS)
$(CHAPTERS): %: %/server

# Each program is compiled from its sources in one go, and again when one of its headers changes.
$(SERVERS): common/log.c common/log.h
02-poll/server 03-epoll/server: common/flags.c common/flags.h
$(TRAPS): scripts/trap.h
$(SERVERS) $(TRAPS) $(TOOLS): %: %.c
	$(CC) $(STRICT) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.c,$^)

test: all $(TOOLS) $(TRAPS)
	@scripts/test.sh

traps: $(TRAPS)
	@scripts/traps.sh $(TRAPS)

docs: all $(TOOLS) $(TRAPS)
	@scripts/docs.sh

clean:
	rm -f $(SERVERS) $(TRAPS) $(TOOLS)

.PHONY: all $(CHAPTERS) test traps docs clean
