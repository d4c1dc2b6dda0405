# picture.awk - draws one wait as an SVG: what lies in our memory, what is copied into the kernel, what comes back,
# and what the kernel keeps. Reads the wait's line of a record (compare/watch.c), then an epoll descriptor's fdinfo.
# -v call=select|poll|epoll. All numbers in the picture are from there.
BEGIN { FS = "\t" }
NR == 1 {
    split($1, half, " -> ")
    split($2, count, /[ ,]+/) # asked N ready N copied N in N out
    highest = numbers(half[1], is_asked)
    numbers(half[2], is_ready)
    next
}
{ kept[++entries] = $0 }

# The descriptors in a text, as the keys of `set`; returns the last, which is the highest.
function numbers(text, set,    part, count, i, last) {
    count = split(text, part, /[^0-9]+/)
    for (i = 1; i <= count; i++)
        if (part[i] != "") set[last = part[i] + 0] = 1
    return last
}
function text(x, y, class, what) {
    printf "<text x='%d' y='%d' class='%s'>%s</text>\n", x, y, class, what
}
function arrow(y, path, class, title, what) {
    printf "<path d='%s' class='%s'/>\n", path, class
    text(362, y - 30, "bold " class, title)
    text(362, y - 11, class, what)
}
# A row of cells, one for each descriptor: what is in one that is not watched, in one that is, and in one that is
# ready. "fd" is its number.
function row(y, name, class, none, watched, ready,    fd, what) {
    text(32, y, "mono", name)
    for (fd = 0; fd <= highest; fd++) {
        what = fd in is_ready ? ready : fd in is_asked ? watched : none
        text(120 + fd * 29, y, "mono " (what ~ /^[0.-]/ ? "grey" : class), what == "fd" ? fd : what)
    }
}
END {
    print "<svg xmlns='http://www.w3.org/2000/svg' width='800' height='250' viewBox='0 0 800 250' xml:space='preserve'>"
    print "<style>text { font: 13px Helvetica, Arial, sans-serif; fill: #333 }"
    print "text.mono { font-family: Menlo, Consolas, monospace } text.bold { font-size: 14px; font-weight: bold }"
    print "text.call { font-size: 17px } .grey { fill: #8a867c } .in { fill: #2f6db3 } .out { fill: #c2571a }</style>"
    print "<rect width='800' height='250' rx='8' fill='#fbfaf7'/>"
    print "<rect x='20' y='20' width='325' height='210' rx='6' fill='#fff' stroke='#8a867c'/>"
    print "<rect x='600' y='20' width='180' height='210' rx='6' fill='#fff' stroke='#8a867c'/>"
    text(32, 44, "bold", "our memory")
    text(612, 44, "bold", "the kernel keeps")
    text(362, 44, "mono bold call", (call == "epoll" ? "epoll_wait" : call) "()")
    if (call == "select") {
        goes_in = "2 sets up to bit " highest ": " count[6] " bytes"
        comes_back = "the same 2 sets: " count[8] " bytes"
        row(80, "bit", "grey", "fd", "fd", "fd")
        row(105, "rlist_in", "in", 0, 1, 1)
        row(130, "wlist_in", "in", 0, 0, 0)
        row(180, "rlist_out", "out", 0, 0, 1)
        row(205, "wlist_out", "out", 0, 0, 0)
        text(612, 80, "grey", "nothing")
    } else if (call == "poll") {
        goes_in = highest + 1 " slots of 8 bytes: " count[6]
        comes_back = "revents of " highest + 1 " slots: " count[8]
        row(80, "slot", "grey", "fd", "fd", "fd")
        row(110, ".fd", "in", -1, "fd", "fd")
        row(140, ".events", "in", ".", "IN", "IN")
        row(185, ".revents", "out", ".", 0, "IN")
        text(612, 80, "grey", "nothing")
    } else {
        goes_in = "no list: " count[6] " bytes"
        comes_back = "1 event: " count[8] " bytes"
        text(32, 110, "mono grey", "room for 256 events")
        text(612, 70, "", "interest set")
        for (i = 1; i <= entries; i++) {
            split(kept[i], field, /[ :]+/) # tfd N events MASK data N
            text(612, 70 + 22 * i, "mono in", "fd " field[2] "  mask " field[4])
        }
        text(612, 80 + 22 * i, "", "ready list")
        for (fd in is_ready) { # one
            text(32, 185, "mono out", "events[0]  IN, data.fd = " fd)
            text(612, 102 + 22 * i, "mono out", "fd " fd)
        }
    }
    arrow(125, "M355 123.5H578v-5.5l12 7-12 7v-5.5H355z", "in", "copied in at each wait", goes_in)
    arrow(205, "M590 203.5H367v-5.5l-12 7 12 7v-5.5H590z", "out", "what comes back", comes_back)
    print "</svg>"
}
