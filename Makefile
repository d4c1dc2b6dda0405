# make              the three servers            make test      everything in bats (gets bats where it is missing)
# make 03-epoll     one chapter's server         make traps     every claim about the kernel, run and tabulated
# make compare      the three side by side       make figures   draws docs/figures from a run of compare (gnuplot)
# make clean
CFLAGS = -O2 -g
override CFLAGS += -std=c11 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes

CHAPTERS = 01-select 02-poll 03-epoll
SERVERS = $(CHAPTERS:=/server)
TRAPS = $(patsubst %.c,%,$(wildcard */traps/*.c))

all: $(SERVERS)
$(CHAPTERS): %: %/server

# Every program is compiled from its sources in one go; headers are listed so that a change rebuilds.
$(SERVERS): common/log.c common/log.h
02-poll/server 03-epoll/server: common/flags.c common/flags.h
$(TRAPS): scripts/trap.h
$(SERVERS) $(TRAPS): %: %.c
	$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.c,$^)

.PHONY: all $(CHAPTERS)
