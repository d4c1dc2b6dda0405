# count.awk - from a record of watch.c the rows of part "calls": the calls until the last echo; and of
# the waits after the last client has come, on average, what was asked, ready and copied.
function row(x, value) {
    printf "%s\t%s\t%s\t%s\t%s\t%s\n", part, series, x, value, value, value
}
/-> nothing in/ { next }
{ line[++lines] = $0 }
/^accept.*-> [0-9]/ { connected = lines }
/^send/ { last = lines; echoed++ }
END {
    for (i = 1; i <= last; i++) {
        split(line[i], word, / /)
        waits = word[1] ~ /^(select|poll|epoll_wait)$/
        calls[waits ? "wait" : word[1]]++
        if (waits && i > connected) {
            sub(/.*\t/, "", line[i]) # asked 2, ready 1, copied 16 in, 16 out
            split(line[i], word, / /)
            n++
            asked += word[2]; ready += word[4]; to += word[6]; from += word[8]
        }
    }
    split("wait recv send epoll_ctl", names, / /)
    for (i = 1; i <= 4; i++)
        row(names[i], calls[names[i]] + 0)
    row("asked", sprintf("%.0f", asked / n))
    row("ready", sprintf("%.1f", ready / n))
    row("bytes in", sprintf("%.0f", to / n))
    row("bytes out", sprintf("%.0f", from / n))
    exit echoed != echoes
}
