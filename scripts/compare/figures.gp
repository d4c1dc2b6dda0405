# figures.gp - draws idle-cost.svg and all-busy.svg in the folder $FIGURES from its cost.tsv, which
# `scripts/compare.sh --tsv FILE cost` has measured. `make figures` does all that.
folder = system("printf %s \"$FIGURES\"")
rows(pattern) = "grep '^" . pattern . "\t' \"$FIGURES/cost.tsv\""
lines(part, name) = "< " . rows(part . "\t" . name)
figure(part, name, x) = system(rows(part . "\t" . name . "\t" . x) . " | cut -f4")
about(what) = figure("about", what, "")
set datafile separator "\t" missing "-"

array names = ["select", "poll", "epoll", "threads"]
array titles = ["select, to 1,024", "poll", "epoll", "thread each"]
array colors = ["#b3400e", "#6fa8e0", "#2e7d4f", "#7a4fa3"]
array points = [4, 7, 9, 5]
grey = "#6b6b6b"

# A light card of its own, so that it can be read on dark pages too.
set terminal svg size 800,480 background "#fbfaf7" font "Helvetica,Arial,sans-serif,14"
set border 3 linecolor rgb grey
set tics nomirror textcolor rgb "#333333"
set grid ytics linecolor rgb "#d8d5cc" linetype 1 linewidth 0.7
set lmargin 11; set rmargin 19; set tmargin 4; set bmargin 6.5
set key at screen 0.815, 0.6 left reverse Left samplen 1.5 spacing 1.3 textcolor rgb "#333333"
set label 1 about("machine") . "; " . about("date") . "; " . about("command") . "; 64 bytes an echo, over loopback\n" \
    . "median, lowest and highest of " . about("rounds") . " rounds" at screen 0.5, 0.075 center textcolor rgb grey font ",12"

set output folder . "/idle-cost.svg"
set title "What an echo costs on 10 busy connections, beside idle ones" font ",17"
set xlabel "idle connections, log scale from 100 on"
set ylabel "microseconds of server CPU time per echo, log scale"
set logscale y
set yrange [3:*]; set xrange [0:3.15]
set xtics ("none" 0.25, "100" 1, "1,000" 2, "10,000" 3)
place(x, i) = (x == 0 ? 0.25 : log10(x) - 1) + (i - 2.5) * 0.03 # side by side
# None is no step below 100: the axis and the lines are broken.
set label 2 "//" at 0.62, graph 0 center front textcolor rgb grey font ",18"
poll = real(figure("cost-idle", "poll", "10000"))
epoll = real(figure("cost-idle", "epoll", "10000"))
set arrow 1 from 2.9, epoll * 1.15 to 2.9, poll / 1.15 heads linecolor rgb grey
set label 3 sprintf("poll: %.0f x epoll", poll / epoll) at 2.86, epoll * 3.5 right font ",17"
# The wide line first: select is drawn within poll, they coincide.
plot for [i in "2 1 3 4"] lines("cost-idle", names[int(i)]) using ($3 > 0 ? place($3, int(i)) : NaN):4 with lines \
        linecolor rgb colors[int(i)] linewidth (int(i) == 2 ? 6 : 1.6) notitle, \
    for [i = 1:4] lines("cost-idle", names[i]) using (place($3, i)):4:5:6 with yerrorbars title titles[i] \
        linecolor rgb colors[i] linewidth 1.6 pointtype points[i] pointsize (i == 2 ? 1.1 : 0.6)

set output folder . "/all-busy.svg"
set title "The other half: what an echo costs when every connection is busy"
set xlabel "connections, all busy"
set ylabel "microseconds of server CPU time per echo"
unset logscale y; unset arrow 1; unset label 2; unset label 3
set yrange [0:*]; set xrange [-0.6:2.6]
set xtics scale 0 ("10" 0, "100" 1, "1,000" 2)
set errorbars linecolor rgb "#333333"
set style fill solid 0.85 noborder
plot for [i = 1:4] lines("cost-busy", names[i]) using (log10($3) - 1 + (i - 2.5) * 0.2):4:5:6:(0.18) \
        with boxerrorbars linecolor rgb colors[i] title titles[i]
