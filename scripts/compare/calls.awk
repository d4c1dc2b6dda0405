# calls.awk - the rows of part "calls" as a table: a line for each name that calls.sh counts.
$1 ~ /^calls-/ {
    if (!line[$3]) name[++count] = $3
    line[$3] = line[$3] sprintf("%s%6s", $2 == "select" ? "  " : " ", $4)
}
END {
    servers = "  select   poll  epoll"
    printf "%-13s  %-20s  %-20s  %s\n", "", "1 connection", "50 connections", "50 beside 100 idle"
    printf "%-13s%s\n", "calls:", servers servers servers
    for (i = 1; i <= count; i++) {
        if (name[i] == "asked") print "a wait:"
        printf "  %-11s%s\n", name[i], line[name[i]]
    }
}
