# count.awk - from a record of watch.c the rows of part "calls", from the line "=" on: how many calls (of
# epoll_ctl all), and of the waits, on average, what was asked, ready and copied.
function row(x, value) { print part, series, x, value, "", "" }
/-> nothing in/ { next }
/^(select|poll|epoll_wait) / { # ends with: asked 2, ready 1, copied 16 in, 16 out
    calls["wait"]++
    asked += $(NF - 7); ready += $(NF - 5); to += $(NF - 3); from += $(NF - 1)
}
{ calls[$1]++ }
/^= / { asked = ready = to = from = calls["wait"] = calls["recv"] = calls["send"] = 0 }
calls["send"] == echoes { exit }
END {
    split("wait recv send epoll_ctl", names, / /)
    for (i = 1; i <= 4; i++) row(names[i], calls[names[i]] + 0)
    row("asked", sprintf("%.0f", asked / calls["wait"]))
    row("ready", sprintf("%.1f", ready / calls["wait"]))
    row("bytes in", sprintf("%.0f", to / calls["wait"]))
    row("bytes out", sprintf("%.0f", from / calls["wait"]))
    exit calls["send"] != echoes
}
