"""The whole process of `drydock run --repo`, and the report of all sizes.

report.py process DRYDOCK REPOSITORY FILE.json     what whole processes take
report.py write DIRECTORY FIGURES SIZES...         writes worktrees.json, worktrees.md and worktrees.svg
"""
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys
import time


def process(drydock, repository, file):
    figures = {"load, process": str(os.getloadavg()[0])}
    contenders = {
        "drydock run -- /bin/true, whole process": [drydock, "run", "--", "/bin/true"],
        "drydock run --repo R -- /bin/true, whole process": [
            drydock, "run", "--repo", repository, "--", "/bin/true"],
        "drydock run --repo R --report F -- /bin/true, whole process": [
            drydock, "run", "--repo", repository, "--report", "/dev/null", "--", "/bin/true"],
    }
    times = {name: [] for name in contenders}
    for round_number in range(42):
        for name, command in contenders.items():
            start = time.perf_counter()
            subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
            # The first two fill caches: trees, profiles, pages.
            if round_number > 1:
                times[name].append((time.perf_counter() - start) * 1000)
    for name, taken in times.items():
        figures[name] = {"min_ms": round(min(taken), 3), "median_ms": round(statistics.median(taken), 3),
                         "rounds": len(taken)}
    pathlib.Path(file).write_text(json.dumps(figures, indent=2) + "\n")


def bars(figures):
    """Each bar of the plan with what was measured: minima, which a busy machine disturbs least."""
    def least(name):
        return figures[name]["min_ms"]

    def share(part, whole):
        return f"{least(part) / least(whole):.3g} times"

    setup = ("sandbox with a worktree, set-up", "sandbox without a repository, set-up")
    added = figures[setup[0]]["median_ms"] - figures[setup[1]]["median_ms"]
    whole = "drydock run --repo R -- /bin/true, whole process"
    plain = "drydock run -- /bin/true, whole process"
    add, first = "git worktree add", "first checkout of a tree"
    layer, changed = "next commit, 10 files differ", "change set and patch, 5 files changed"
    forks = "100 forks of one session"
    fork, more = int(figures["bytes on disk of a fork"]), int(figures[MORE])
    return [
        ("worktree in a running sandbox, more than without (medians)", f"{added:.2f} ms", "under 3 ms", added < 3),
        ("`drydock run --repo`, of `drydock run`, whole processes", share(whole, plain), "under 2 times",
         least(whole) < 2 * least(plain)),
        ("first checkout, of `git worktree add`", share(first, add), "1 or less",
         least(first) <= least(add)),
        ("next commit, of `git worktree add`", share(layer, add), "under 0.02",
         least(layer) < 0.02 * least(add)),
        ("change set of 5 files", f"{least(changed):.2f} ms", "under 5 ms", least(changed) < 5),
        ("100 forks", f"{least(forks):.1f} ms", "under 300 ms", least(forks) < 300),
        ("disk of a fork", f"{fork / 1024:.0f} KiB", "under 1 MiB", fork < 1 << 20),
        # Each has a few directories and a state file of a block each besides what it wrote.
        ("disk of 100 worktrees that wrote 4 KiB each, besides the one checkout", f"{more / 1024:,.0f} KiB",
         "what they wrote", more < 100 * (4096 + 32768)),
    ]


MORE = "bytes on disk more for 100 worktrees that wrote 4 KiB each"


def plot(all_figures):
    """Milliseconds over the number of files, both logarithmic: what grows, and what does not."""
    series = [
        ("git worktree add", "#9aa5b1"), ("cp -a", "#c9b458"), ("cp -al", "#8fb98b"),
        ("first checkout of a tree", "#1b6ca8"), ("next commit, 10 files differ", "#c0392b"),
        ("change set and patch, 5 files changed", "#8e44ad"),
        ("overlay with a tmpfs upper: mount and unmount", "#16a085"),
    ]
    sizes = sorted(map(int, all_figures))
    left, top, width, height = 60, 20, 460, 320
    low, high = 0.05, 100_000

    def x(size):
        return left + width * math.log(size / sizes[0]) / max(1e-9, math.log(sizes[-1] / sizes[0]))

    def y(value):
        return top + height - height * math.log(value / low) / math.log(high / low)

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 330}" height="{top + height + 50}" '
             'font-family="sans-serif" font-size="12">', '<rect width="100%" height="100%" fill="#fff"/>']
    for exponent in range(-1, 6):
        value = 10 ** exponent
        parts.append(f'<line x1="{left}" x2="{left + width}" y1="{y(value):.1f}" y2="{y(value):.1f}" stroke="#ddd"/>'
                     f'<text x="{left - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{value:g}</text>')
    for size in sizes:
        parts.append(f'<text x="{x(size):.1f}" y="{top + height + 18}" text-anchor="middle">{size:,}</text>')
    ends = []
    for name, colour in series:
        points = [(x(size), y(all_figures[str(size)][name]["min_ms"])) for size in sizes]
        line = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        ends.append([points[-1][1], name, colour])
    # Labels apart from each other, in the order of the lines.
    last = -1e9
    for end in sorted(ends):
        last = max(end[0] + 4, last + 15)
        parts.append(f'<text x="{left + width + 8}" y="{last:.1f}" fill="{end[2]}">{end[1]}</text>')
    parts.append(f'<text x="{left + width / 2}" y="{top + height + 40}" text-anchor="middle">'
                 'files in the repository; milliseconds, least of each</text></svg>')
    return "\n".join(parts) + "\n"


def write(directory, folder, sizes):
    all_figures = {}
    for size in sizes:
        figures = {}
        for part in sorted((pathlib.Path(folder) / size).glob("*.json")):
            figures.update(json.loads(part.read_text()))
        all_figures[size] = figures
    out = pathlib.Path(directory)
    (out / "worktrees.json").write_text(json.dumps(all_figures, indent=2) + "\n")
    loads = [float(value) for figures in all_figures.values() for name, value in figures.items()
             if name.startswith("load, ")]
    lines = [
        "# What a worktree costs", "",
        "Generated by `Benchmarks/worktrees/run`; the numbers are in [worktrees.json](worktrees.json). "
        f"{os.cpu_count()} processors,", f"kernel {os.uname().release}, load from {min(loads):.1f} to "
        f"{max(loads):.1f} when a part began. Contenders take turns. Shares are of minima, which a", "busy machine "
        "disturbs least.", "", "![Milliseconds over the number of files](worktrees.svg)", "",
    ]
    # The bars are set for 50,000 files; how they look at other sizes stands beside them.
    rows = {size: bars(figures) for size, figures in all_figures.items()}
    judged = rows.get("50000")
    header = " | ".join(f"{int(size):,} files" for size in rows)
    lines += ["## Bars", "", f"| Measure | {header} | Bar | at 50,000 |", "|---|" + "--:|" * len(rows) + "---|---|"]
    for index, (name, _, bar, _) in enumerate(next(iter(rows.values()))):
        values = " | ".join(rows[size][index][1] for size in rows)
        verdict = "" if judged is None else "met" if judged[index][3] else "missed"
        lines.append(f"| {name} | {values} | {bar} | {verdict} |")
    lines.append("")
    for size, figures in all_figures.items():
        lines += [f"## {int(size):,} files of 4 KiB", ""]
        lines += ["| | min ms | median ms |", "|---|--:|--:|"]
        lines += [f"| {name} | {value['min_ms']:,.2f} | {value['median_ms']:,.2f} |"
                  for name, value in sorted(figures.items()) if isinstance(value, dict)]
        lines += [f"| {name} | {value} | |" for name, value in sorted(figures.items())
                  if isinstance(value, str) and not name.startswith("load")]
        lines.append("")
    (out / "worktrees.md").write_text("\n".join(lines).rstrip() + "\n")
    (out / "worktrees.svg").write_text(plot(all_figures))


if sys.argv[1] == "process":
    process(*sys.argv[2:])
else:
    write(sys.argv[2], sys.argv[3], sys.argv[4:])
