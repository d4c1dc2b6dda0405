# trace.awk - three records of watch.c side by side, step by step. A turn is a wait and the calls up to
# the next one. A line "= HEADING" begins a step. Patterns may follow it after tabs: then only the first
# turn that matches each is shown, and sizes, which vary by chance, become words.
FNR == 1 { c++; s = 0 }
/^= / { heading[++s] = substr($0, 3); next }
heading[s] == "" || /-> nothing in/ { next }
/^(select|poll|epoll_wait) / {
    turns[c, s] += !/EINTR/ # only some waits are interrupted: they get a row of their own, 0
    split($0, part, /( -> |\t|, copied)/) # the question, the answer, and how many descriptors
    gsub(/:IN /, " ", part[1])
    sub(/:IN$/, "", part[1])
    $0 = part[1] (length(part[1] part[2]) > 22 ? "\n    -> " : " -> ") part[2] "\n  " part[3]
}
heading[s] ~ /\t/ && / bytes$/ { sub(/->.*/, /^recv/ ? "-> bytes" : / of / ? "-> a part" : "-> all") }
{ turn[c, s, turns[c, s]] = turn[c, s, turns[c, s]] $0 "\n" }

# The i-th turn that column c shows of step s.
function shown(c, s, i,    n, pattern, t) {
    n = split(heading[s], pattern, /\t/)
    if (n == 1 || i == 0) return turn[c, s, i]
    for (t = 1; t <= turns[c, s] && i < n; t++)
        if (turn[c, s, t] ~ pattern[i + 1]) return turn[c, s, t]
    return i < n ? "(did not happen)\n" : ""
}

END {
    printf "%-26s %-26s %s\n", "select", "poll", "epoll"
    for (s = 1; s in heading; s++) {
        if (heading[s] == "") continue
        split(heading[s], title, /\t/)
        print "-- " title[1]
        for (i = 0; i == 0 || shown(1, s, i) shown(2, s, i) shown(3, s, i) != ""; i++) {
            split(shown(1, s, i), one, "\n")
            split(shown(2, s, i), two, "\n")
            split(shown(3, s, i), three, "\n")
            for (l = 1; one[l] two[l] three[l] != ""; l++)
                printf "%-26s %-26s %s\n", one[l], two[l], three[l]
        }
    }
}
