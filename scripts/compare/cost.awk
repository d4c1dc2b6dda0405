# cost.awk - renders the rows of the part cost of compare.sh: tables with bars, 80 columns wide; or with
# -v markdown=PART a Markdown table of that part's medians.
BEGIN { FS = "\t"; split("select poll epoll threads", names, " ") }
{ key = $1 SUBSEP $2 SUBSEP $3; value[key] = $4; low[key] = $5; high[key] = $6 }
$4 + 0 > most[$1, $3] + 0 { most[$1, $3] = $4 }
$1 == "about" { about[$2] = $4 }
$2 == "epoll" { xs[$1, ++count[$1]] = $3 }

function commas(n) { return n < 1000 ? n : sprintf("%d,%03d", n / 1000, n % 1000) }
function wide(key) { return high[key] - low[key] > 0.3 * value[key] }

# How many times B is A: only where their spreads are apart; at least, where one of them is wide.
function times(a, b) {
    if (value[a] + 0 == 0 || value[b] + 0 == 0) return "-"
    if (!wide(a) && !wide(b))
        return low[a] <= high[b] && low[b] <= high[a] ? "same" : sprintf("x %.1f", value[a] / value[b])
    return low[a] < 1.5 * high[b] ? "noisy" : sprintf("x > %.1f", low[a] / high[b])
}

# The tables of a part, a bar for each server.
function bars(part, before, after,    n, x, i, key, bar) {
    for (n = 1; n <= count[part]; n++) {
        print before commas(x = xs[part, n]) after
        for (i = 1; i in names; i++) {
            key = part SUBSEP names[i] SUBSEP x
            if (value[key] == "-") { printf "  %-8s %s\n", names[i], low[key]; continue }
            bar = sprintf("%*s", 30 * value[key] / most[part, x] + 0.5, "")
            gsub(" ", "#", bar)
            printf "  %-8s %7.2f  %-19s %-8s %s\n", names[i], value[key], "(" low[key] " - " high[key] ")",
                names[i] == "epoll" ? "" : times(key, part SUBSEP "epoll" SUBSEP x), bar == "" ? "|" : bar
        }
    }
}

function table(part,    i, j) {
    printf "| %s connections |", substr(part, 6)
    for (i = 1; i <= count[part]; i++) printf " %s |", commas(xs[part, i])
    printf "\n| --- |"
    for (i = 1; i <= count[part]; i++) printf " ---: |"
    for (j = 1; j in names; j++) {
        printf "\n| %s |", names[j]
        for (i = 1; i <= count[part]; i++) printf " %s |", value[part, names[j], xs[part, i]]
    }
    print ""
}

function mebibytes(label, part, x,    i) {
    printf "  %-40s", label
    for (i = 1; i in names; i++) printf " %8s", (part, names[i], x) in value ? value[part, names[i], x] : "-"
    print ""
}

END {
    if (markdown != "") { table(markdown); exit }
    print about["machine"] "; " about["rounds"] " rounds: median (lowest - highest)"
    print "x 5.1: 5.1 times what epoll takes. x > 5.1: at least: a spread is above 30 %."
    print "same: the spreads overlap. noisy: they do, or nearly, and one is above 30 %."
    print "The bars are linear, in each table by a scale of its own."
    bars("cost-idle", "10 busy connections beside ", " idle ones")
    x = xs["cost-idle", count["cost-idle"]]
    printf "%-42s   select     poll    epoll  threads\n", "MiB beside " commas(x) " idle ones"
    mebibytes("the process (VmRSS)", "memory", x)
    mebibytes("stacks in the kernel, one for each thread", "stacks", x)
    print "-> select and poll ask every watched descriptor at every call. epoll_wait takes"
    print "   what is ready. A thread asks for its own, but sleeps and wakes for each echo."
    bars("cost-busy", "", " connections, all busy, none idle")
    print "-> The honest other half: with nobody idle few questions are useless, and the"
    print "   three are close. A busy connection is not always a ready one."
}
