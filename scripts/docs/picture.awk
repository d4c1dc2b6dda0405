# picture.awk - what the picture of a wait has to say, a line each. Reads the wait's line of a record
# (compare/watch.c), for epoll after the entries of its descriptor's fdinfo.
BEGIN { FS = "\t" }
/^tfd:/ { split($0, field, /[ :]+/); print "fd " field[2] " mask " field[4]; next }
{
    split($1, half, " -> ")
    split($2, count, /[ ,]+/) # asked N ready N copied N in N out
    match(half[1], /[0-9]+[^0-9]*$/)
    highest = substr(half[1], RSTART) + 0
    for (fd = 0; fd <= highest; fd++) {
        asked = has(half[1], fd)
        ready = has(half[2], fd)
        numbers = numbers " " fd
        bits_in = bits_in " " asked
        bits_out = bits_out " " ready
        fds = fds " " (asked ? fd : -1)
        events = events " " (asked ? "IN" : ".")
        revents = revents " " (ready ? "IN" : asked ? 0 : ".")
    }
}
/^select/ {
    print "bit" numbers
    print "rlist_in" bits_in
    print "rlist_out" bits_out
    print "2 sets up to bit " highest ": " count[6] " bytes"
    print "the same 2 sets: " count[8] " bytes"
}
/^poll/ {
    print "slot" numbers
    print ".fd" fds
    print ".events" events
    print ".revents" revents
    print highest + 1 " slots of 8 bytes: " count[6]
    print "revents of " highest + 1 " slots: " count[8]
}
/^epoll_wait/ {
    print "no list: " count[6] " bytes"
    print "1 event: " count[8] " bytes"
    print "events[0] IN, data.fd = " half[2] + 0
    print "ready list fd " half[2] + 0
}
function has(list, fd) {
    return " " list " " ~ "[ {]" fd "[ :}]"
}
