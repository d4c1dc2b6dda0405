# trace.awk - three records of watch.c side by side, step by step. A line "= HEADING" begins a step;
# what follows HEADING after tabs are patterns: only the first turn that matches each is shown, and
# sizes in it, which vary by chance, become words. A turn is a wait and the calls up to the next one.
function is_wait(line) {
    return line ~ /^(select|poll|epoll_wait) /
}

# How a line of the record is shown.
function cell(line, vary,    part, word) {
    split(line, part, /\t/)
    line = part[1]
    if (vary && line ~ / bytes$/) {
        split(line, word, / /)
        sub(/->.*/, word[1] == "recv" ? "-> bytes" : line ~ / of / ? "-> a part" : "-> all", line)
    } else if (line ~ /^poll/) {
        split(line, word, / -> /)
        gsub(/:IN( |$)/, " ", word[1])
        sub(/ +$/, "", word[1])
        line = word[1] " -> " word[2]
    }
    if (length(line) > 26)
        sub(/ -> /, "\n    -> ", line)
    if (part[2] != "") {
        sub(/, copied.*/, "", part[2])
        line = line "\n  " part[2]
    }
    return line
}

function print_row(turn1, turn2, turn3,    line1, line2, line3, n1, n2, n3, i, row) {
    n1 = split(turn1, line1, "\n")
    n2 = split(turn2, line2, "\n")
    n3 = split(turn3, line3, "\n")
    for (i = 1; i <= n1 || i <= n2 || i <= n3; i++) {
        row = sprintf("%-26s %-26s %s", line1[i], line2[i], line3[i])
        sub(/ +$/, "", row)
        print row
    }
}

# Of a step's turns in one column those that the step's patterns ask for.
function choose(column, step,    patterns, n, p, i) {
    n = split(heading[step], patterns, /\t/)
    for (p = 2; p <= n; p++) {
        for (i = 1; i <= turns[column, step] && turn[column, step, i] !~ patterns[p]; i++)
            ;
        chosen[column, p - 1] = i <= turns[column, step] ? turn[column, step, i] : "(did not happen)"
    }
    for (i = 1; n == 1 && i <= turns[column, step]; i++)
        chosen[column, i] = turn[column, step, i]
    return n > 1 ? n - 1 : turns[column, step]
}

FNR == 1 {
    column++
    step = 0
}
/^= / {
    heading[++step] = substr($0, 3)
    next
}
step > 0 && heading[step] != "" && !/-> nothing in/ {
    text = cell($0, heading[step] ~ /\t/)
    if (is_wait($0))
        turn[column, step, ++turns[column, step]] = text
    else
        turn[column, step, turns[column, step]] = turn[column, step, turns[column, step]] "\n" text
}
END {
    printf "%-26s %-26s %s\n", "select", "poll", "epoll"
    for (s = 1; s <= step; s++) {
        if (heading[s] == "")
            continue
        print "-- " substr(heading[s] "\t", 1, index(heading[s] "\t", "\t") - 1)
        for (c = 1; c <= 3; c++) {
            count[c] = choose(c, s)
            at[c] = 1
        }
        # An interrupted wait stands in a row of its own: not every kind of wait is interrupted.
        while (at[1] <= count[1] || at[2] <= count[2] || at[3] <= count[3]) {
            interrupted = 0
            for (c = 1; c <= 3; c++)
                if (at[c] <= count[c] && chosen[c, at[c]] ~ /EINTR/)
                    interrupted = 1
            for (c = 1; c <= 3; c++) {
                shown = at[c] <= count[c] && (!interrupted || chosen[c, at[c]] ~ /EINTR/)
                row[c] = shown ? chosen[c, at[c]++] : ""
            }
            print_row(row[1], row[2], row[3])
        }
    }
}
