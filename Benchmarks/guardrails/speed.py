#!/usr/bin/env python3
"""Measures `drydock gate`: time and memory over constructed diffs, and peers on the same added text.

Usage: speed.py DRYDOCK [--runs N] [--peers DIRECTORY] [--out FILE.json] [--table FILE.md]

DRYDOCK is the release build's `drydock`, with `drydock-gate` and `drydock-tool` beside it. DIRECTORY holds the peers'
programs (`bin` of a virtual environment with semgrep and detect-secrets); without it they are left
out. Added text is real source of this machine: Python's and Go's standard libraries and C headers.
"""
import argparse
import glob
import json
import multiprocessing
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time

SOURCES = (("/usr/lib/python3.*", ".py"), ("/usr/share/go-*/src", ".go"), ("/usr/include", ".h"))
SEMGREP_RULES = """rules:
- {id: eval, languages: [python], severity: ERROR, message: m, pattern: eval(...)}
- {id: shell, languages: [python], severity: ERROR, message: m, pattern: "subprocess.$F(..., shell=True, ...)"}
- {id: mode, languages: [python], severity: ERROR, message: m, pattern: "os.chmod($P, 0o777)"}
"""


EDITS = (("20 files edited, repository of 20", 0), ("20 files edited, repository of 10,020", 10_000))
ADDITIONS = (250, 500, 1_000, 2_000)


def prepare(directory):
    source = texts()
    for _, unrelated in EDITS:
        edit_of_twenty(os.path.join(directory, f"edit{unrelated}"), source, unrelated)
    for count in ADDITIONS:
        additions(os.path.join(directory, f"add{count}"), source, count)


def texts():
    """Real source lines, by extension."""
    found = {}
    places = [(root, extension) for pattern, extension in SOURCES
              for root in sorted(glob.glob(pattern))]
    for root, extension in places:
        for directory, _, names in sorted(os.walk(root)):
            for name in sorted(names):
                if not name.endswith(extension):
                    continue
                try:
                    with open(os.path.join(directory, name), encoding="utf-8") as file:
                        found.setdefault(extension, []).extend(file.read().splitlines(True))
                except (OSError, UnicodeDecodeError):
                    continue
                if len(found.get(extension, ())) > 400_000:
                    break
    return found


def git(path, *arguments, text=None):
    return subprocess.run(["git", "-C", path, *arguments], input=text, capture_output=True,
                          check=True).stdout


def commit(path, message):
    git(path, "add", "-A")
    git(path, "-c", "user.name=b", "-c", "user.email=b@example.org", "commit", "-q", "--allow-empty",
        "-m", message)


def write(path, name, lines):
    full = os.path.join(path, name)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    with open(full, "w") as file:
        file.writelines(lines)


def excerpt(lines, size, seed):
    start = random.Random(seed).randrange(len(lines))
    taken, count = [], 0
    while count < size:
        line = lines[start % len(lines)]
        taken.append(line)
        count += len(line.encode())
        start += 1
    return taken


def edit_of_twenty(path, source, unrelated):
    """A repository of 20 + `unrelated` files, and a commit that edits the 20."""
    git_init(path)
    extensions = sorted(source)
    for number in range(unrelated):
        extension = extensions[number % len(extensions)]
        write(path, f"other/{number % 97}/m{number}{extension}",
              excerpt(source[extension], 2_000, number))
    files = []
    for number in range(20):
        extension = extensions[number % len(extensions)]
        body = excerpt(source[extension], 8_000, 10_000 + number)
        name = f"src/m{number}{extension}"
        if number < 4:
            name = f"tests/test_m{number}.py"
            body = [f"def test_{n}():\n    assert value({n}) == {n * n}\n\n\n" for n in range(200)]
        files.append((name, body))
        write(path, name, body)
    commit(path, "base")
    for number, (name, body) in enumerate(files):
        middle = len(body) // 2
        added = excerpt(source[extensions[number % len(extensions)]], 600, 20_000 + number)
        if name.startswith("tests/"):
            added = [f"def test_more_{n}():\n    assert value({n}) == {n + 1}\n\n\n" for n in range(9)]
        write(path, name, body[:middle] + added + body[middle:])
    commit(path, "edit")


def additions(path, source, count):
    """A commit that adds `count` files of 10,000 bytes."""
    git_init(path)
    write(path, "README", ["a\n"])
    commit(path, "base")
    extensions = sorted(source)
    for number in range(count):
        extension = extensions[number % len(extensions)]
        write(path, f"src/{number % 50}/m{number}{extension}",
              excerpt(source[extension], 10_000, number))
    commit(path, "add")


def git_init(path):
    os.makedirs(path)
    git(path, "init", "-q")


def measure(command, environment, directory=None):
    """Wall and processor seconds, peak resident bytes, exit status, output of one process."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                               env=environment, cwd=directory)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    return (wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, process.returncode,
            output)


def all_rules(drydock, directory):
    """A policy under which every rule is on."""
    shown = subprocess.run([drydock, "policy", "show", "strict"], capture_output=True, text=True,
                           check=True).stdout
    path = os.path.join(directory, "all.yaml")
    with open(path, "w") as file:
        file.write("version: 1\nextends: default\nrules:\n")
        for line in shown.splitlines():
            action, rest = line.split(None, 1)
            if action == "off":
                file.write(f"  {rest.split(':')[0]}: warn\n")
        file.write("  change-size: review\n")
    return path


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("drydock")
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--peers")
    parser.add_argument("--out")
    parser.add_argument("--table")
    options = parser.parse_args()
    drydock = os.path.abspath(options.drydock)
    result = {"schema": "drydock.benchmark/v1", "name": "gate", "machine": machine(),
              "measurements": [], "peers": []}
    with tempfile.TemporaryDirectory(prefix="drydock-speed-") as directory:
        environment = dict(os.environ, XDG_CACHE_HOME=os.path.join(directory, "cache"))
        policy = all_rules(drydock, directory)
        # In a child: the peak memory of a process begins with that of the one that starts it.
        child = multiprocessing.Process(target=prepare, args=(directory,))
        child.start()
        child.join()
        if child.exitcode != 0:
            sys.exit("the repositories could not be made")
        cases = [(name, os.path.join(directory, f"edit{unrelated}"), options.runs)
                 for name, unrelated in EDITS]
        cases += [(f"{count:,} files added, {count / 100:g} MB", os.path.join(directory, f"add{count}"),
                   max(3, options.runs // 3)) for count in ADDITIONS]
        runs = {name: [] for name, _, _ in cases}
        for turn in range(options.runs):
            for name, path, wanted in cases:
                if turn >= wanted:
                    continue
                command = [drydock, "gate", "--repo", path, "--base", "HEAD^", "--head", "HEAD",
                           "--policy", policy, "--format", "json"]
                if turn == 0:
                    measure(command, environment)
                wall, processor, memory, status, output = measure(command, environment)
                if status not in (0, 1, 3):
                    sys.exit(f"{name}: exit status {status}")
                runs[name].append((wall, processor, memory, json.loads(output)))
        for name, _, _ in cases:
            walls = [run[0] for run in runs[name]]
            report = runs[name][0][3]
            result["measurements"].append({
                "name": name, "runs": len(walls),
                "wall_ms_median": round(statistics.median(walls) * 1e3, 1),
                "wall_ms_min": round(min(walls) * 1e3, 1),
                "processor_ms_median": round(
                    statistics.median(run[1] for run in runs[name]) * 1e3, 1),
                "memory_peak_mib": round(max(run[2] for run in runs[name]) / 2**20, 1),
                "files": report["statistics"]["files"],
                "bytes_added": report["statistics"]["added_bytes"],
                "rules": report["statistics"]["rules"], "verdict": report["verdict"],
                "not_judged": sum(f["rule"] == "gate-limit" for f in report["findings"])})
        if options.peers:
            result["peers"] = peers(options.peers, os.path.join(directory, "add2000"), directory,
                                    environment)
    text = json.dumps(result, indent=2) + "\n"
    if options.out:
        with open(options.out, "w") as file:
            file.write(text)
    if options.table:
        with open(options.table, "w") as file:
            file.write(table(result))
    print(text if not options.table else table(result))


def peers(programs, path, directory, environment):
    rules = os.path.join(directory, "semgrep.yml")
    with open(rules, "w") as file:
        file.write(SEMGREP_RULES)
    environment = dict(environment, PATH=programs + ":" + environment["PATH"], HOME=directory,
                       SEMGREP_SEND_METRICS="off", SEMGREP_ENABLE_VERSION_CHECK="0")
    modules = sum(name.endswith(".py") for _, _, names in os.walk(os.path.join(path, "src"))
                  for name in names)
    planted = plant(path)
    found = []
    # Both run in the repository, with a relative path: detect-secrets silently skips files that are
    # not below its working directory. What each says it has read is compared with what is there.
    for name, command, is_whole in (
            ("semgrep", ["semgrep", "scan", "--config", rules, "--metrics", "off", "--quiet", "--json",
                         "--disable-version-check", "--no-git-ignore", "src"],
             lambda report: len(report["paths"]["scanned"]) >= 0.99 * modules),
            ("detect-secrets", ["detect-secrets", "scan", "--all-files", "--no-verify", "src"],
             lambda report: planted <= set(report["results"]))):
        command[0] = os.path.join(programs, command[0])
        version = subprocess.run([command[0], "--version"], capture_output=True, text=True,
                                 env=environment).stdout.split()
        wall, processor, memory, status, output = measure(command, environment, path)
        if status not in (0, 1) or not output.strip():
            sys.exit(f"{name}: exit status {status}")
        if not is_whole(json.loads(output)):
            sys.exit(f"{name} did not read all files")
        found.append({"name": name, "version": version[-1] if version else "", "runs": 1,
                      "wall_ms": round(wall * 1e3), "processor_ms": round(processor * 1e3),
                      "memory_peak_mib": round(memory / 2**20, 1)})
    return found


def plant(path):
    """Puts the shape of a key at the end of every 50th file, and answers the files' names: most real
    source has nothing for detect-secrets to list, and it does not say what it has read."""
    names = sorted(os.path.relpath(os.path.join(directory, name), path)
                   for directory, _, files in os.walk(os.path.join(path, "src")) for name in files)[::50]
    for number, name in enumerate(names):
        letters = random.Random(number).choices("ABCDEFGHJKLMNPQRSTUVWXYZ234567", k=16)
        with open(os.path.join(path, name), "a") as file:
            file.write(f"\nkey = 'AKIA{''.join(letters)}'\n")
    return set(names)


def machine():
    with open("/proc/cpuinfo") as file:
        model = next((line.split(":")[1].strip() for line in file if line.startswith("model name")),
                     "unknown")
    return {"processor": model, "processors": os.cpu_count(), "kernel": platform.release(),
            "load_1_minute": os.getloadavg()[0]}


def table(result):
    machine = result["machine"]
    lines = ["# What `drydock gate` costs", "",
             f"`Benchmarks/guardrails/speed.py`; {machine['processor']}, {machine['processors']} "
             f"processors, Linux {machine['kernel']}, load {machine['load_1_minute']:.1f}. Whole "
             "processes, every rule on, compiled patterns cached. Median of the runs. A load above the "
             "number of processors makes wall times long; processor time stays what it is.", "",
             "| diff | wall | fastest | processor time | memory | verdict |", "|---|---|---|---|---|---|"]
    for entry in result["measurements"]:
        lines.append(f"| {entry['name']} | {entry['wall_ms_median']} ms | {entry['wall_ms_min']} ms "
                     f"| {entry['processor_ms_median']} ms | {entry['memory_peak_mib']} MiB | {entry['verdict']} |")
    if result["peers"]:
        largest = result["measurements"][-1]
        lines += ["", f"The same added text ({largest['bytes_added'] / 1e6:.0f} MB) read by others, one "
                  "run each; semgrep with three rules, detect-secrets without verification:", "",
                  "| program | wall | processor time | memory | times Drydock's wall | times its "
                  "processor time |", "|---|---|---|---|---|---|"]
        for peer in result["peers"]:
            ratio = peer["wall_ms"] / largest["wall_ms_median"]
            work = peer["processor_ms"] / largest["processor_ms_median"]
            lines.append(f"| {peer['name']} {peer['version']} | {peer['wall_ms']} ms | "
                         f"{peer['processor_ms']} ms | {peer['memory_peak_mib']} MiB | {ratio:.0f} | "
                         f"{work:.0f} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
