# picture.awk - draws one wait as an SVG: what lies in our memory, what is copied into the kernel, what comes back,
# and what the kernel keeps. Reads the wait's line of a record (compare/watch.c), then an epoll descriptor's fdinfo.
# -v call=select|poll|epoll. All numbers in the picture are from there.
BEGIN { FS = "\t" }
NR == 1 {
    split($1, half, " -> ")
    split($2, count, /[ ,]+/) # asked N ready N copied N in N out
    bytes_in = count[6]
    bytes_out = count[8]
    asked = numbers(half[1], is_asked)
    numbers(half[2], is_ready)
    next
}
/^tfd:/ { kept[++entries] = $0 }

# The descriptors in a text, as the keys of `set`; returns the highest.
function numbers(text, set, highest) {
    for (highest = -1; match(text, /[0-9]+/); text = substr(text, RSTART + RLENGTH)) {
        set[substr(text, RSTART, RLENGTH) + 0] = 1
        if (substr(text, RSTART, RLENGTH) + 0 > highest) highest = substr(text, RSTART, RLENGTH) + 0
    }
    return highest
}
function text(x, y, size, what, style) {
    gsub(/&/, "\\&amp;", what)
    gsub(/</, "\\&lt;", what)
    printf "<text x=\"%d\" y=\"%d\" font-size=\"%d\" xml:space=\"preserve\" %s>%s</text>\n", x, y, size, style, what
}
function box(x, y, width, height, title) {
    printf "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"6\" fill=\"#fff\" stroke=\"#8a867c\"/>\n", x, y, width, height
    text(x + 12, y + 24, 14, title, "font-weight=\"bold\"")
}
function arrow(y, from, to, title, what, color) {
    printf "<path d=\"M%d %dH%d\" stroke=\"%s\" stroke-width=\"3\"/>\n", from, y, to, color
    printf "<path d=\"M%d %dl%d -7v14z\" fill=\"%s\"/>\n", to, y, from < to ? -12 : 12, color
    text(362, y - 30, 14, title, "font-weight=\"bold\" fill=\"" color "\"")
    text(362, y - 11, 13, what, "fill=\"" color "\"")
}
# A row of cells, one for each descriptor: what is in one that is not watched, in one that is, and in one that is
# ready. "fd" is its number.
function row(y, name, color, none, watched, ready,    fd, what) {
    text(32, y, 13, name, mono)
    for (fd = 0; fd <= asked; fd++) {
        what = fd in is_ready ? ready : fd in is_asked ? watched : none
        text(120 + fd * 29, y, 13, what == "fd" ? fd : what, mono " fill=\"" (what ~ /^[0.-]/ ? grey : color) "\"")
    }
}
END {
    mono = "font-family=\"Menlo,Consolas,monospace\""
    grey = "#8a867c"
    blue = "#2f6db3"
    orange = "#c2571a"
    print "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"800\" height=\"250\" viewBox=\"0 0 800 250\"" \
        " font-family=\"Helvetica,Arial,sans-serif\" fill=\"#333\">"
    print "<rect width=\"800\" height=\"250\" rx=\"8\" fill=\"#fbfaf7\"/>"
    box(20, 20, 325, 210, "our memory")
    box(600, 20, 180, 210, "the kernel keeps")
    text(362, 44, 17, (call == "epoll" ? "epoll_wait" : call) "()", mono " font-weight=\"bold\"")
    arrow(125, 355, 590, "copied in at each wait", call == "epoll" ? "no list: " bytes_in " bytes" \
        : call == "poll" ? asked + 1 " slots of 8 bytes: " bytes_in : "2 sets up to bit " asked ": " bytes_in " bytes", blue)
    arrow(205, 590, 355, "what comes back", call == "epoll" ? "1 event: " bytes_out " bytes" \
        : call == "poll" ? "revents of " asked + 1 " slots: " bytes_out : "the same 2 sets: " bytes_out " bytes", orange)
    if (call == "select") {
        row(80, "bit", grey, "fd", "fd", "fd")
        row(105, "rlist_in", blue, 0, 1, 1)
        row(130, "wlist_in", blue, 0, 0, 0)
        row(180, "rlist_out", orange, 0, 0, 1)
        row(205, "wlist_out", orange, 0, 0, 0)
    } else if (call == "poll") {
        row(80, "slot", grey, "fd", "fd", "fd")
        row(110, ".fd", blue, -1, "fd", "fd")
        row(140, ".events", blue, ".", "IN", "IN")
        row(185, ".revents", orange, ".", 0, "IN")
    } else {
        text(32, 110, 13, "room for 256 events", mono " fill=\"#8a867c\"")
        for (fd in is_ready) text(32, 185, 13, "events[0]  IN, data.fd = " fd, mono " fill=\"" orange "\"")
    }
    if (call != "epoll") text(612, 80, 13, "nothing", "fill=\"#8a867c\"")
    else {
        text(612, 70, 13, "interest set", "")
        for (i = 1; i <= entries; i++) {
            split(kept[i], field, /[ :]+/) # tfd N events MASK data N
            text(612, 70 + 22 * i, 13, "fd " field[2] "  mask " field[4], mono " fill=\"" blue "\"")
            if (field[2] + 0 in is_ready) happened = "fd " field[2]
        }
        text(612, 80 + 22 * i, 13, "ready list", "")
        text(612, 102 + 22 * i, 13, happened, mono " fill=\"" orange "\"")
    }
    print "</svg>"
}
