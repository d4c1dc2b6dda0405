# figures.gp - draws docs/figures/idle-cost.svg and all-busy.svg from docs/figures/cost.tsv, which
# `scripts/compare.sh --tsv docs/figures/cost.tsv cost` has measured. `make figures` does both.
data = "docs/figures/cost.tsv"
series(part, name) = "^" . part . "\t" . name . "\t"
lines(part, name) = "< grep '" . series(part, name) . "' " . data
figure(part, name, x) = system("grep '" . series(part, name) . x . "' " . data . " | cut -f4")
set datafile separator "\t"

array names = ["select", "poll", "epoll"]
array colors = ["#c2571a", "#2f6db3", "#2e7d4f"]
grey = "#6b6b6b"

# A light card of its own, so that it can be read on dark pages too.
set terminal svg size 800,480 background "#fbfaf7" font "Helvetica,Arial,sans-serif,14"
set border 3 linecolor rgb grey
set tics nomirror textcolor rgb "#333333"
set grid ytics linecolor rgb "#d8d5cc" linetype 1 linewidth 0.7
set lmargin 11
set rmargin 12
set tmargin 4
set bmargin 6.5
set key off
set label 1 figure("about", "machine", "") . "; " . figure("about", "date", "") \
    . "; 64 bytes an echo, over loopback; median, lowest and highest" \
    at screen 0.5, 0.075 center textcolor rgb grey font ",12"
set label 2 figure("about", "command", "") at screen 0.5, 0.03 center textcolor rgb grey font ",12"

set output "docs/figures/idle-cost.svg"
set title "What an echo costs on 10 busy connections, beside idle ones" font ",17"
set xlabel "idle connections"
set ylabel "microseconds of server CPU time per echo, log scale"
set logscale y
set yrange [2:*]
set xrange [-0.15:3]
set xtics ("none" 0, "100" 1, "1,000" 2, "10,000" 3)
place(x) = x == 0 ? 0 : log10(x) - 1
floor = real(figure("cost-idle", "floor", "0"))
top = real(figure("cost-idle", "select", "1000"))
set label 3 "select: its sets end\nat 1,024 descriptors" at 1.93, top * 2.4 right \
    textcolor rgb colors[1]
set label 4 "poll" at 3.07, real(figure("cost-idle", "poll", "10000")) textcolor rgb colors[2]
set label 5 "epoll" at 3.07, real(figure("cost-idle", "epoll", "10000")) textcolor rgb colors[3]
set label 6 "the floor: recv and send alone" at 1.5, floor / 1.35 center \
    textcolor rgb grey font ",12"
plot floor with lines linecolor rgb grey dashtype 2, \
    for [i = 3:1:-1] lines("cost-idle", names[i]) using (place($3)):4:5:6 with yerrorlines \
        linecolor rgb colors[i] linewidth (i == 2 ? 4 : 1.7) pointtype 7 pointsize 0.5

set output "docs/figures/all-busy.svg"
set title "The other half: what an echo costs when every connection is busy"
set xlabel "connections, all busy"
set ylabel "microseconds of server CPU time per echo"
unset logscale y
set yrange [0:*]
set xrange [-0.6:2.6]
set xtics ("10" 0, "100" 1, "1,000" 2)
do for [i = 3:6] { unset label i }
set key outside right center reverse Left samplen 1 textcolor rgb "#333333"
set errorbars linecolor rgb "#333333"
set style fill solid 0.85 noborder
place(x, i) = log10(x) - 1 + (i - 2) * 0.25
plot for [i = 1:3] lines("cost-busy", names[i]) using (place($3, i)):4:5:6:(0.22) \
        with boxerrorbars linecolor rgb colors[i] title names[i]
