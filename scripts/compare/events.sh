# shellcheck shell=bash disable=SC2154 # sourced by compare.sh
# The table of the trap what-poll-says, which has asked this kernel.
title "events: what this kernel reports for a scene (02-poll/traps/what-poll-says.c)"
note "r, w, x: in the read, write, except set of select's answer. same: as poll." \
    "here: whether this kernel does as is written here. do: what is due then."
note "A closed descriptor: select fails as a whole, poll marks it, epoll does not take it." \
    "One that is closed while watched, epoll forgets: 02-poll/traps/closed-descriptor.c"
02-poll/traps/what-poll-says >"$tmp/events" || problem "what-poll-says: $(tail -n 1 "$tmp/events")"
sed -n '/^scene/,/^measured:/p' "$tmp/events"
