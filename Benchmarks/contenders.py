"""The programs that are compared: how each is asked to run /bin/true behind its fences."""

import json
import os
import shutil
import subprocess

BINDS = ["/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc/alternatives", "/etc/ld.so.cache",
         "/etc/ssl/certs", "/etc/localtime", "/etc/services", "/etc/protocols", "/etc/os-release"]
COMMAND = ["/bin/true"]


class Contender:
    """One command line. `filter_descriptor` is where the seccomp program is opened, if it wants one."""

    def __init__(self, name, fences, arguments, filter_descriptor=None):
        self.name, self.fences = name, fences
        self.arguments, self.filter_descriptor = arguments, filter_descriptor


def read_only_binds():
    words = []
    for path in BINDS:
        if os.path.exists(path):
            words += ["--ro-bind", path, path]
    return words


def bundle(directory, runtime):
    """An OCI bundle whose root is the same read-only binds, with the limits that Drydock sets."""
    path = os.path.join(directory, runtime)
    os.makedirs(os.path.join(path, "rootfs"))
    subprocess.run([runtime, "spec"], cwd=path, check=True)
    with open(os.path.join(path, "config.json")) as file:
        config = json.load(file)
    config["process"].update(terminal=False, args=COMMAND)
    config["root"]["readonly"] = False
    for bind in BINDS:
        if os.path.exists(bind):
            config["mounts"].append({"destination": bind, "source": bind, "type": "bind",
                                     "options": ["rbind", "ro", "nosuid", "nodev"]})
    config["linux"]["resources"] = {"memory": {"limit": 6 << 30}, "pids": {"limit": 512},
                                    "cpu": {"quota": 200000, "period": 100000}}
    with open(os.path.join(path, "config.json"), "w") as file:
        json.dump(config, file)
    return path


LAYERS = ["overlay", "masks", "landlock", "seccomp"]


def layer_contenders(tools, work):
    """The C floor without each of its dearer layers, and without any: what isolation costs here."""
    floor = [os.path.join(tools, "floor"), "--filter", os.path.join(work, "filter")]

    def contender(name, *words):
        return Contender(name, "", floor + list(words) + ["--"] + COMMAND)

    return ([contender("all layers", "--net", "--cgroup"),
             contender("without the network namespace", "--cgroup"),
             contender("without control groups", "--net")]
            + [contender(f"without {layer}", "--net", "--cgroup", "--without", layer) for layer in LAYERS]
            + [contender("without any of these", "--without", ",".join(LAYERS))])


def all_contenders(drydock, tools, work):
    """Every contender that is installed, and the names of those that are not."""
    filter_file = os.path.join(work, "filter")
    floor = [os.path.join(tools, "floor"), "--filter", filter_file]
    shared = ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]
    found = [
        Contender("true", "none: a bare spawn", COMMAND),
        Contender("C floor", "all of Drydock's, hand-written", floor + ["--net", "--cgroup", "--"] + COMMAND),
        Contender("drydock run", "all, limits on, report kept", [drydock, "run", "--"] + COMMAND),
    ]
    wanted = {
        "bwrap": lambda: [
            Contender("bwrap --unshare-all", "namespaces, one bind",
                      ["bwrap", "--unshare-all", "--ro-bind", "/", "/"] + COMMAND),
            Contender("bwrap, 12 binds, seccomp", "namespaces, 12 binds, proc, dev, tmp, the same filter",
                      ["bwrap", "--unshare-all", "--seccomp", "9"] + read_only_binds() + shared + COMMAND,
                      filter_descriptor=9)],
        "crun": lambda: [Contender("crun", "container, limits", ["crun", "run", "--bundle",
                                                                 bundle(work, "crun"), "drydock-bench"])],
        "firejail": lambda: [
            Contender("firejail --noprofile", "setuid sandbox, no profile",
                      ["firejail", "--quiet", "--noprofile", "--"] + COMMAND),
            Contender("firejail, hardened", "private dev and tmp, seccomp, no capabilities, no network",
                      ["firejail", "--quiet", "--noprofile", "--private-dev", "--private-tmp", "--seccomp",
                       "--caps.drop=all", "--nonewprivs", "--net=none", "--"] + COMMAND)],
        "runc": lambda: [Contender("runc", "container, limits", ["runc", "run", "--bundle",
                                                                 bundle(work, "runc"), "drydock-bench"])],
    }
    missing = []
    for name, make in wanted.items():
        if shutil.which(name):
            found += make()
        else:
            missing.append(name)
    return found, missing
