# figures.gp - draws idle-cost.svg and all-busy.svg in the folder $FIGURES from its cost.tsv, which
# `scripts/compare.sh --tsv FILE cost` has measured. `make figures` does all that.
folder = system("printf %s \"$FIGURES\"")
rows(pattern) = "grep '^" . pattern . "\t' \"$FIGURES/cost.tsv\""
lines(part, name) = "< " . rows(part . "\t" . name)
figure(part, name, x) = system(rows(part . "\t" . name . "\t" . x) . " | cut -f4")
set datafile separator "\t" missing "-"

array names = ["select", "poll", "epoll", "threads"]
array colors = ["#b3400e", "#6fa8e0", "#2e7d4f", "#7a4fa3"]
array widths = [1.6, 6, 1.6, 1.6] # select is drawn within poll: they coincide
array points = [4, 7, 9, 5]
grey = "#6b6b6b"

# A light card of its own, so that it can be read on dark pages too.
set terminal svg size 800,480 background "#fbfaf7" font "Helvetica,Arial,sans-serif,14"
set border 3 linecolor rgb grey
set tics nomirror textcolor rgb "#333333"
set grid ytics linecolor rgb "#d8d5cc" linetype 1 linewidth 0.7
set lmargin 11; set rmargin 15; set tmargin 4; set bmargin 6.5
set key off
set label 1 figure("about", "machine", "") . "; " . figure("about", "date", "") . "; " . figure("about", "command", "") \
    . "; 64 bytes an echo, over loopback" at screen 0.5, 0.075 center textcolor rgb grey font ",12"
set label 2 "median, lowest and highest of " . figure("about", "rounds", "") . " rounds" \
    at screen 0.5, 0.03 center textcolor rgb grey font ",12"

set output folder . "/idle-cost.svg"
set title "What an echo costs on 10 busy connections, beside idle ones" font ",17"
set xlabel "idle connections, log scale from 100 on"
set ylabel "microseconds of server CPU time per echo, log scale"
set logscale y
set yrange [3:*]; set xrange [0:3.15]
set xtics ("none" 0.25, "100" 1, "1,000" 2, "10,000" 3)
place(x, i) = (x == 0 ? 0.25 : log10(x) - 1) + (i - 2.5) * 0.03 # side by side
# None is no step below 100: the axis and the lines are broken.
set label 3 "//" at 0.62, graph 0 center front textcolor rgb grey font ",18"
poll = real(figure("cost-idle", "poll", "10000"))
epoll = real(figure("cost-idle", "epoll", "10000"))
set arrow 1 from 2.9, epoll * 1.15 to 2.9, poll / 1.15 heads linecolor rgb grey
set label 4 sprintf("%.0f times", poll / epoll) at 2.86, sqrt(poll * epoll) right font ",17"
set label 5 "select: its sets end\nat 1,024 descriptors" at 1.88, real(figure("cost-idle", "select", "1000")) * 2.4 \
    right textcolor rgb colors[1]
do for [i = 2:4] {
    tag = 4 + i
    set label tag sprintf("%s", i == 4 ? "a thread for\neach client" : names[i]) at 3.15, real(figure("cost-idle", names[i], "10000")) * (i == 4 ? 1.6 : 1) textcolor rgb colors[i]
}
order = "2 1 3 4" # the wide line first
plot for [i in order] lines("cost-idle", names[int(i)]) using ($3 > 0 ? place($3, int(i)) : NaN):4 with lines \
        linecolor rgb colors[int(i)] linewidth widths[int(i)], \
    for [i in order] lines("cost-idle", names[int(i)]) using (place($3, int(i))):4:5:6 with yerrorbars \
        linecolor rgb colors[int(i)] linewidth 1.6 pointtype points[int(i)] pointsize (int(i) == 2 ? 1.1 : 0.6)

set output folder . "/all-busy.svg"
set title "The other half: what an echo costs when every connection is busy"
set xlabel "connections, all busy"
set ylabel "microseconds of server CPU time per echo"
unset logscale y; unset arrow 1
set yrange [0:*]; set xrange [-0.6:2.6]
set xtics scale 0 ("10" 0, "100" 1, "1,000" 2)
do for [i = 3:8] { unset label i }
set key outside right center reverse Left samplen 1 textcolor rgb "#333333"
set errorbars linecolor rgb "#333333"
set style fill solid 0.85 noborder
beside(x, i) = log10(x) - 1 + (i - 2.5) * 0.2
plot for [i = 1:4] lines("cost-busy", names[i]) using (beside($3, i)):4:5:6:(0.18) with boxerrorbars \
        linecolor rgb colors[i] title (i == 4 ? "thread each" : names[i])
