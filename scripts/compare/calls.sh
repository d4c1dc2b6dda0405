# shellcheck shell=bash disable=SC2154 # sourced by compare.sh
# What an echo costs in calls, and a wait in descriptors and bytes: counted in the record of watch.c.
echoes=1000
title "calls: what the kernel is asked for the same $echoes echoes"
for connections in '1' '50' '50 100'; do # busy ones, and idle ones beside them
    read -r busy idle <<<"$connections"
    for chapter in "${chapters[@]}"; do
        recorded "$chapter"
        start_client
        step "crowd ${idle:-0}" "crowd $busy" || die "$chapter: no answer"
        wait_for in_state S
        echo '= from here on it is counted' >>"$tmp/$chapter"
        step "load $server 64 $echoes 20" || die "$chapter: no answer"
        finish "$chapter"
        awk -v OFS='\t' -v part="calls-${connections/ /-}" -v series="${chapter#*-}" \
            -v echoes="$echoes" -f scripts/compare/count.awk "$tmp/$chapter" >>"$tmp/tsv" ||
            problem "${chapter#*-}: not one send an echo"
    done
done
awk -F '\t' -f scripts/compare/calls.awk "$tmp/tsv"
note "With one connection the three make the same calls: a wait, recv, send. With" \
    "more, one wait serves all that are ready. How many, depends on chance."
note "epoll_ctl is epoll's price: a call to watch a connection, and at its end one to" \
    "forget it, which is not counted here."
note "epoll_wait is not asked about descriptors: the kernel knows them already, and" \
    "idle ones cost it nothing. select's sets and poll's table are copied with each" \
    "wait, and have a place for every descriptor number up to the highest."
