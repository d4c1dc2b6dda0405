# calls.awk - the rows of part "calls" as a table.
$1 ~ /^calls-/ { value[$1, $2, $3] = $4 }
END {
    printf "%-13s  %-20s  %-20s  %s\n", "", "1 connection", "50 connections", "50 beside 100 idle"
    split("calls-1 calls-50 calls-50-100", parts, / /)
    split("select poll epoll", series, / /)
    n = split("calls:,wait,recv,send,epoll_ctl,a wait:,asked,ready,bytes in,bytes out", names, /,/)
    for (i = 1; i <= n; i++) {
        if (names[i] == "a wait:") {
            print names[i]
            continue
        }
        printf "%-13s", (names[i] ~ /:/ ? "" : "  ") names[i]
        for (p = 1; p <= 3; p++)
            for (s = 1; s <= 3; s++)
                printf "%s%6s", s == 1 ? "  " : " ", i == 1 ? series[s] : value[parts[p], series[s], names[i]]
        print ""
    }
}
