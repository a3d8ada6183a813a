#!/usr/bin/env python3
"""Times whole starts of /bin/true, all contenders in turn in every round, so that whatever else the
machine does hits all of them alike. Writes sandbox.json, sandbox.md and sandbox.svg."""

import argparse
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time

import contenders
import rendering


def dump_filter(drydock, tools, target):
    """The seccomp program of a running sandbox, taken from the kernel."""
    marker = str(86000000 + os.getpid())
    run = subprocess.Popen([drydock, "run", "--", "/bin/sleep", marker], stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            for name in filter(str.isdigit, os.listdir("/proc")):
                try:
                    with open(f"/proc/{name}/cmdline", "rb") as file:
                        words = file.read().split(b"\0")
                except OSError:
                    continue
                if words[:2] == [b"/bin/sleep", marker.encode()]:
                    with open(target, "wb") as file:
                        subprocess.run([os.path.join(tools, "filter-dump"), name], stdout=file, check=True)
                    return os.path.getsize(target) // 8
            time.sleep(0.01)
        sys.exit(f"start-up: {drydock} run started nothing within 10 s")
    finally:
        run.terminate()
        run.wait()


def spawn(contender, filter_file, environment, null):
    """One start: wall and processor milliseconds (of everything that was reaped), and the exit status."""
    actions = [(os.POSIX_SPAWN_DUP2, null, 0), (os.POSIX_SPAWN_DUP2, null, 1),
               (os.POSIX_SPAWN_DUP2, null, 2)]
    if contender.filter_descriptor is not None:
        actions.append((os.POSIX_SPAWN_OPEN, contender.filter_descriptor, filter_file, os.O_RDONLY, 0))
    start = time.perf_counter_ns()
    child = os.posix_spawnp(contender.arguments[0], contender.arguments, environment,
                            file_actions=actions)
    _, status, usage = os.wait4(child, 0)
    wall = (time.perf_counter_ns() - start) / 1e6
    return wall, (usage.ru_utime + usage.ru_stime) * 1e3, os.waitstatus_to_exitcode(status)


def said(contender, filter_file, environment):
    """The last line of what a contender that fails has to say."""
    preparation = None
    if contender.filter_descriptor is not None:
        def preparation():
            os.dup2(os.open(filter_file, os.O_RDONLY), contender.filter_descriptor)
    ended = subprocess.run(contender.arguments, env=environment, stdin=subprocess.DEVNULL, text=True,
                           capture_output=True, preexec_fn=preparation, close_fds=preparation is None)
    return " ".join(ended.stderr.strip().splitlines()[-1:])


def measure(chosen, rounds, filter_file, settle_ms=0.0):
    """Milliseconds of each contender, by name; contenders that fail are left out with the reason.

    Before each start the machine is given `settle_ms`: the kernel takes network namespaces apart in
    threads of its own, a third of a millisecond each, which would be charged to whoever comes next."""
    environment = {"PATH": os.environ["PATH"], "HOME": "/root", "LANG": "C.UTF-8"}
    null = os.open("/dev/null", os.O_RDWR)
    times, refused = {}, {}
    for contender in list(chosen):
        statuses = [spawn(contender, filter_file, environment, null)[2] for _ in range(5)]
        if any(statuses):
            refused[contender.name] = said(contender, filter_file, environment) or f"exit status {statuses}"
            chosen.remove(contender)
    for _ in range(rounds):
        # A new order each time: what runs after a slow contender would always inherit its clean-up.
        random.shuffle(chosen)
        for contender in chosen:
            time.sleep(settle_ms / 1e3)
            wall, processor, status = spawn(contender, filter_file, environment, null)
            if status == 0:
                times.setdefault(contender.name, []).append((wall, processor))
    return times, refused


def summary(values):
    ordered = sorted(wall for wall, _ in values)
    return {"runs": len(ordered), "min_ms": ordered[0], "p50_ms": statistics.median(ordered),
            "mean_ms": statistics.fmean(ordered), "p99_ms": ordered[int(len(ordered) * 0.99)],
            "processor_p50_ms": statistics.median(processor for _, processor in values)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--drydock", required=True)
    parser.add_argument("--tools", required=True)
    parser.add_argument("--output", required=True)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--settle-ms", type=float, default=10)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        filter_file = os.path.join(work, "filter")
        instructions = dump_filter(options.drydock, options.tools, filter_file)
        chosen, missing = contenders.all_contenders(options.drydock, options.tools, work)
        fences = {contender.name: contender.fences for contender in chosen}
        load_before = os.getloadavg()
        times, refused = measure(chosen, options.rounds, filter_file, options.settle_ms)
        few = [contender for contender in chosen if contender.name in rendering.BACK_TO_BACK]
        crowded, _ = measure(few, options.rounds, filter_file)
        layered = contenders.layer_contenders(options.tools, work) + [
            contender for contender in chosen if contender.name == rendering.PEER]
        layers, _ = measure(layered, options.rounds, filter_file, options.settle_ms)
    result = {
        "schema": "drydock.benchmark/v1",
        "measure": "whole process, /bin/true, start to exit",
        "machine": {"kernel": platform.release(), "architecture": platform.machine(),
                    "processors": os.cpu_count(), "load_before": load_before,
                    "load_after": os.getloadavg()},
        "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "rounds": options.rounds,
        "settle_ms": options.settle_ms,
        "filter_instructions": instructions,
        "contenders": {name: summary(values) | {"fences": fences[name]}
                       for name, values in sorted(times.items(), key=lambda item: statistics.median(wall for wall, _ in item[1]))},
        "back_to_back": {name: summary(values) for name, values in crowded.items()},
        "floor_layers": {name: summary(values) for name, values in layers.items()},
        "not_installed": missing,
        "refused": refused,
    }
    os.makedirs(options.output, exist_ok=True)
    with open(os.path.join(options.output, "sandbox.json"), "w") as file:
        json.dump(result, file, indent=2)
        file.write("\n")
    with open(os.path.join(options.output, "sandbox.svg"), "w") as file:
        file.write(rendering.plot(result))
    text = rendering.page(result)
    with open(os.path.join(options.output, "sandbox.md"), "w") as file:
        file.write(text)
    print(rendering.table(result))


if __name__ == "__main__":
    main()
