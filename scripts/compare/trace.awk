# trace.awk - three records of watch.c side by side, step by step. A turn is a wait and the calls up to
# the next one. A line "= HEADING" begins a step. Patterns may follow it after tabs: then only the first
# turn that matches each is shown, and sizes, which vary by chance, become words.
FNR == 1 { c++; s = 0 }
/^= / {
    heading[++s] = substr($0, 3)
    next
}
s == 0 || heading[s] == "" || /-> nothing in/ { next }
{
    split($0, part, /\t/)
    text = part[1]
    if ($1 ~ /^(select|poll|epoll_wait)$/) {
        turns[c, s]++
        split(text, side, /-> /)
        gsub(/:IN /, " ", side[1])
        text = side[1] (length(side[1] side[2]) > 23 ? "\n    -> " : "-> ") side[2] \
            "\n  " substr(part[2], 1, index(part[2], ", copied") - 1)
    } else if (heading[s] ~ /\t/ && / bytes$/) {
        sub(/->.*/, $1 == "recv" ? "-> bytes" : / of / ? "-> a part" : "-> all", text)
    }
    turn[c, s, turns[c, s]] = turn[c, s, turns[c, s]] text "\n"
}

# The i-th turn that column c shows of step s.
function shown(c, s, i,    n, pattern, t) {
    n = split(heading[s], pattern, /\t/)
    if (n == 1)
        return turn[c, s, i]
    for (t = 1; t <= turns[c, s]; t++)
        if (i < n && turn[c, s, t] ~ pattern[i + 1])
            return turn[c, s, t]
    return i < n ? "(did not happen)\n" : ""
}

function max(a, b) { return a > b ? a : b }

END {
    printf "%-26s %-26s %s\n", "select", "poll", "epoll"
    for (s in heading)
        steps++
    for (s = 1; s <= steps; s++) {
        if (heading[s] == "")
            continue
        sub(/^/, "-- ", heading[s])
        print substr(heading[s], 1, index(heading[s] "\t", "\t") - 1)
        at[1] = at[2] = at[3] = 1
        do {
            alone = 0
            for (c = 1; c <= 3; c++) # only some waits are interrupted: they get a row of their own
                if (shown(c, s, at[c]) ~ /EINTR/)
                    alone = 1
            for (c = 1; c <= 3; c++) {
                cell[c] = shown(c, s, at[c])
                if (alone && cell[c] !~ /EINTR/)
                    cell[c] = ""
                else
                    at[c]++
            }
            rows = split(cell[1], one, "\n")
            rows = max(rows, split(cell[2], two, "\n"))
            rows = max(rows, split(cell[3], three, "\n"))
            for (i = 1; i < rows; i++) {
                text = sprintf("%-26s %-26s %s", one[i], two[i], three[i])
                sub(/ +$/, "", text)
                print text
            }
        } while (rows > 1)
    }
}
