"""Load on a running service: ADDRESS KEY PID DATA PHASE... Prints one JSON document.

Plain sockets and as little work as possible on the client's side, which shares the processors:
requests are bytes that are made once, and answers are searched, not parsed.
"""

import json
import os
import selectors
import socket
import statistics
import struct
import sys
import time

address, key, service, data, *phases = sys.argv[1:]
host, port = address.removeprefix("http://").split(":")
SEQUENTIAL = int(os.environ.get("SEQUENTIAL", "300"))
BURSTS = int(os.environ.get("BURSTS", "5"))
IDLE = int(os.environ.get("IDLE", "1000"))
RUNS = int(os.environ.get("RUNS", "10000"))
BYTES = int(os.environ.get("BYTES", str(2_000_000_000)))
CREATE = json.dumps({"templateID": "base", "timeout": 900}).encode()


def head(method, path, body=b"", **headers):
    lines = [f"{method} {path} HTTP/1.1", f"host: {host}:{port}", f"content-length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def control(method, path, body=b""):
    return head(method, path, body, x_api_key=key, content_type="application/json")


def start(sandbox, *command):
    body = json.dumps({"process": {"cmd": command[0], "args": command[1:]}, "stdin": False}).encode()
    return head("POST", "/process.Process/Start", b"\0" + struct.pack(">I", len(body)) + body,
                content_type="application/connect+json", e2b_sandbox_id=sandbox["sandboxID"],
                e2b_sandbox_port="49983", x_access_token=sandbox["envdAccessToken"])


class Client:
    def __init__(self):
        self.socket = socket.create_connection((host, int(port)))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.settimeout(120)
        self.bytes = b""

    def fileno(self):
        return self.socket.fileno()

    def send(self, request):
        self.socket.sendall(request)

    def take(self):
        """A whole answer from what has come, or None."""
        end = self.bytes.find(b"\r\n\r\n")
        if end < 0:
            return None
        lines = self.bytes[:end].lower().split(b"\r\n")
        status = int(lines[0].split()[1])
        fields = dict(line.split(b": ", 1) for line in lines[1:])
        rest = self.bytes[end + 4:]
        if fields.get(b"transfer-encoding") == b"chunked":
            if not rest.endswith(b"0\r\n\r\n"):
                return None
            body, self.bytes = rest, b""
        else:
            length = int(fields.get(b"content-length", b"0"))
            if len(rest) < length:
                return None
            body, self.bytes = rest[:length], rest[length:]
        assert status < 300, (status, body)
        return body

    def receive(self):
        part = self.socket.recv(1 << 20)
        assert part, "the service closed the connection"
        self.bytes += part
        return self.take()

    def call(self, request):
        self.send(request)
        while (answer := self.receive()) is None:
            pass
        return answer

    def create(self):
        return json.loads(self.call(control("POST", "/v2/sandboxes", CREATE)))

    def kill(self, sandbox):
        self.call(control("DELETE", f"/sandboxes/{sandbox['sandboxID']}"))

    def command(self, sandbox, *command):
        answer = self.call(start(sandbox, *command))
        assert b'"exitCode":0' in answer, answer

    def first_command(self):
        began = time.perf_counter()
        sandbox = self.create()
        self.command(sandbox, "/bin/true")
        return time.perf_counter() - began, sandbox


def figures(values):
    ordered = sorted(value * 1000 for value in values)
    return {"median_ms": round(statistics.median(ordered), 2),
            "p95_ms": round(ordered[int(len(ordered) * 0.95)], 2),
            "p99_ms": round(ordered[int(len(ordered) * 0.99)], 2),
            "min_ms": round(ordered[0], 2), "count": len(ordered)}


def sequential(client):
    """Each is killed before the next is made, as the public benchmark does it."""
    times = []
    for index in range(SEQUENTIAL + 10):
        seconds, sandbox = client.first_command()
        client.kill(sandbox)
        if index >= 10:
            times.append(seconds)
    return {**figures(times), "times_ms": [round(value * 1000, 2) for value in times]}


def burst(client):
    """100 at once, each a create and a command on a connection of its own; the best of several."""
    best = None
    walls = []
    for _ in range(BURSTS):
        clients = [Client() for _ in range(100)]
        selector = selectors.DefaultSelector()
        request = control("POST", "/v2/sandboxes", CREATE)
        sandboxes, times, failures = [], [], 0
        began = time.perf_counter()
        for one in clients:
            one.send(request)
            one.sandbox = None
            selector.register(one, selectors.EVENT_READ)
        while selector.get_map():
            for ready, _ in selector.select():
                one = ready.fileobj
                try:
                    answer = one.receive()
                except AssertionError:
                    failures += 1
                    selector.unregister(one)
                    continue
                if answer is None:
                    continue
                if one.sandbox is None:
                    one.sandbox = json.loads(answer)
                    sandboxes.append(one.sandbox)
                    one.send(start(one.sandbox, "/bin/true"))
                else:
                    failures += b'"exitCode":0' not in answer
                    times.append(time.perf_counter() - began)
                    selector.unregister(one)
        wall = time.perf_counter() - began
        walls.append(round(wall, 3))
        if best is None or wall < best["wall_s"] or failures:
            best = {"wall_s": round(wall, 3), "failures": failures, **figures(times)}
        for sandbox in sandboxes:
            client.kill(sandbox)
        for one in clients:
            one.socket.close()
        time.sleep(2)
    return {**best, "walls_s": walls}


def warm(client):
    sandbox = client.create()
    times = []
    for _ in range(1000):
        began = time.perf_counter()
        client.command(sandbox, "/bin/true")
        times.append(time.perf_counter() - began)
    client.kill(sandbox)
    return figures(times)


def drain(client, size):
    """Reads an answer whose end is known by its size at least; only counts."""
    buffer = bytearray(1 << 20)
    count, tail = 0, b""
    while not tail.endswith(b"0\r\n\r\n") or count < size:
        got = client.socket.recv_into(buffer)
        assert got, "the stream was cut off"
        count += got
        tail = (tail + bytes(buffer[max(0, got - 8):got]))[-8:]
    return count


def stream(client):
    """Output of one process: bytes of the program, not of the encoding around them."""
    sandbox = client.create()
    rates = []
    for _ in range(3):
        began = time.perf_counter()
        client.send(start(sandbox, "/usr/bin/head", "-c", str(BYTES), "/dev/zero"))
        drain(client, BYTES)
        rates.append(round(BYTES / 1e6 / (time.perf_counter() - began), 1))
    client.kill(sandbox)
    return {"mb_per_s": max(rates), "all_mb_per_s": rates, "bytes": BYTES}


def streams(client):
    """100 streams of which 50 are never read: the others come whole, and commands go on."""
    sandbox = client.create()
    size = 20_000_000
    clients = [Client() for _ in range(100)]
    for one in clients:
        one.send(start(sandbox, "/usr/bin/head", "-c", str(size), "/dev/zero"))
    other = client.create()
    selector = selectors.DefaultSelector()
    left = {}
    for one in clients[:50]:
        left[one] = [0, b""]
        selector.register(one, selectors.EVENT_READ)
    buffer = bytearray(1 << 18)
    times = []
    began = time.perf_counter()
    asked, probe = None, Client()
    selector.register(probe, selectors.EVENT_READ)
    while left:
        if asked is None:
            asked = time.perf_counter()
            probe.send(start(other, "/bin/true"))
        for ready, _ in selector.select(1):
            one = ready.fileobj
            if one is probe:
                if probe.receive() is not None:
                    times.append(time.perf_counter() - asked)
                    asked = None
                continue
            got = one.socket.recv_into(buffer)
            assert got, "a stream was cut off"
            state = left[one]
            state[0] += got
            state[1] = (state[1] + bytes(buffer[max(0, got - 8):got]))[-8:]
            if state[0] > size and state[1].endswith(b"0\r\n\r\n"):
                selector.unregister(one)
                del left[one]
    seconds = time.perf_counter() - began
    for one in clients:
        one.socket.close()
    client.kill(other)
    client.kill(sandbox)
    return {"streams": 100, "never_read": 50, "mb_per_s": round(50 * size / 1e6 / seconds, 1),
            "command_meanwhile": figures(times)}


def memory(pid):
    """Private bytes of a process."""
    total = 0
    with open(f"/proc/{pid}/smaps_rollup") as file:
        for line in file:
            if line.startswith("Private"):
                total += int(line.split()[1]) * 1024
    return total


def resident(pid):
    with open(f"/proc/{pid}/status") as file:
        for line in file:
            if line.startswith("VmRSS"):
                return int(line.split()[1]) * 1024


def parts():
    """The service's processes: the one with privilege, and the one that parses requests."""
    found = [int(service)]
    for name in os.listdir("/proc"):
        try:
            if name.isdigit() and "serve-edge" in open(f"/proc/{name}/cmdline").read() \
                    and int(open(f"/proc/{name}/stat").read().rsplit(")", 1)[1].split()[1]) == found[0]:
                found.append(int(name))
        except OSError:
            pass
    return found


def children():
    """Every process below the data directory's spawner: supervisors and what they hold."""
    parents, names = {}, {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat") as file:
                text = file.read()
            parents[int(name)] = int(text[text.rindex(")") + 2:].split()[1])
            with open(f"/proc/{name}/cmdline") as file:
                names[int(name)] = file.read()
        except OSError:
            pass
    found = {pid for pid, line in names.items()
             if data in line and pid not in (int(service), os.getpid()) and "load.py" not in line}
    while True:
        more = {pid for pid, parent in parents.items() if parent in found} - found
        if not more:
            return found
        found |= more


def kernel_memory():
    with open("/proc/meminfo") as file:
        fields = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in file}
    return fields["MemFree"] + fields["Cached"] + fields["Buffers"] + fields["SReclaimable"]


def idle(client):
    """Living sandboxes in which nothing runs: what each costs, and whether others are as fast."""
    def sample():
        times = []
        for _ in range(40):
            seconds, sandbox = client.first_command()
            client.kill(sandbox)
            times.append(seconds)
        return figures(times)

    before = sample()
    time.sleep(1)
    processes, free = children(), kernel_memory()
    held = sum(memory(pid) for pid in processes)
    began = time.perf_counter()
    sandboxes = [client.create() for _ in range(IDLE)]
    making = time.perf_counter() - began
    time.sleep(2)
    now = 0
    for pid in children():
        try:
            now += memory(pid)
        except OSError:
            pass
    result = {"sandboxes": IDLE, "private_bytes_each": (now - held) // IDLE,
              "machine_bytes_each": (free - kernel_memory()) // IDLE,
              "made_in_s": round(making, 2), "service_resident_bytes": sum(resident(pid) for pid in parts()),
              "service_private_bytes": sum(memory(pid) for pid in parts()), "before": before, "beside": sample()}
    for sandbox in sandboxes:
        client.kill(sandbox)
    return result


def state():
    groups = 0
    for root, directories, _ in os.walk("/sys/fs/cgroup"):
        groups += len(directories)
    space = os.statvfs(data)
    files = sum(len(names) for _, _, names in os.walk(data))
    return {"service_private_bytes": sum(memory(pid) for pid in parts()),
            "descriptors": sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in parts()),
            "processes": len(children()),
            "mounts": len(open("/proc/self/mountinfo").readlines()), "cgroups": groups,
            "sandboxes": len(os.listdir(f"{data}/sandboxes")), "files": files,
            "disk_bytes": (space.f_blocks - space.f_bfree) * space.f_frsize,
            "data_bytes": sum(os.lstat(os.path.join(root, name)).st_size
                              for root, _, names in os.walk(data) for name in names
                              if not name.startswith("err"))}


def runs(client):
    """Many, one after the other: nothing may grow."""
    def some(count):
        for _ in range(count):
            sandbox = client.create()
            client.command(sandbox, "/bin/true")
            client.kill(sandbox)

    some(200)
    time.sleep(2)
    points = [{"runs": 0, **state()}]
    began = time.perf_counter()
    for _ in range(10):
        some(RUNS // 10)
        points.append({"runs": points[-1]["runs"] + RUNS // 10, **state()})
    seconds = time.perf_counter() - began
    time.sleep(2)
    return {"count": RUNS, "seconds": round(seconds, 1), "before": points[0], "after": state(),
            "service_private_bytes": [point["service_private_bytes"] for point in points]}


result = {}
for phase in phases:
    result[phase] = globals()[phase](Client())
    print(f"{phase}: " + json.dumps({name: value for name, value in result[phase].items()
                                     if name != "times_ms"}), file=sys.stderr)
print(json.dumps(result))
