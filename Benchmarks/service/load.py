"""Load on a running service: ADDRESS KEY PID DATA. Prints one JSON document.

Plain sockets and as little work as possible on the client's side, which shares the processors.
"""

import concurrent.futures
import http.client
import json
import os
import statistics
import struct
import sys
import time

address, key, service, data = sys.argv[1:5]
host, port = address.removeprefix("http://").split(":")
COUNT = int(os.environ.get("COUNT", "100"))
IDLE = int(os.environ.get("IDLE", "100"))
RUNS = int(os.environ.get("RUNS", "200"))
BYTES = int(os.environ.get("BYTES", str(500_000_000)))


class Client:
    def __init__(self):
        self.connection = http.client.HTTPConnection(host, int(port), timeout=120)
        self.connection.connect()
        self.connection.sock.setsockopt(6, 1, 1)

    def call(self, method, path, body=None, headers=None):
        text = json.dumps(body).encode() if body is not None else None
        self.connection.request(method, path, text, {
            "x-api-key": key, "content-type": "application/json", **(headers or {})})
        answer = self.connection.getresponse()
        content = answer.read()
        assert answer.status < 300, (answer.status, content)
        return json.loads(content) if content else None

    def create(self):
        return self.call("POST", "/v2/sandboxes", {"templateID": "base", "timeout": 600})

    def kill(self, sandbox):
        self.call("DELETE", f"/sandboxes/{sandbox['sandboxID']}")

    def start(self, sandbox, command, *arguments):
        body = json.dumps({"process": {"cmd": command, "args": arguments}, "stdin": False}).encode()
        self.connection.request("POST", "/process.Process/Start",
                                b"\0" + struct.pack(">I", len(body)) + body, {
            "content-type": "application/connect+json", "e2b-sandbox-id": sandbox["sandboxID"],
            "e2b-sandbox-port": "49983", "x-access-token": sandbox["envdAccessToken"]})
        return self.connection.getresponse()

    def command(self, sandbox, *command):
        content = self.start(sandbox, *command).read()
        assert b'"exitCode":0' in content, content


def milliseconds(values):
    ordered = sorted(value * 1000 for value in values)
    return {"median_ms": round(statistics.median(ordered), 2),
            "p95_ms": round(ordered[int(len(ordered) * 0.95)], 2),
            "p99_ms": round(ordered[int(len(ordered) * 0.99)], 2), "count": len(ordered)}


def timed(body):
    start = time.perf_counter()
    body()
    return time.perf_counter() - start


def memory(pid):
    """Private bytes of a process."""
    total = 0
    with open(f"/proc/{pid}/smaps_rollup") as file:
        for line in file:
            if line.startswith("Private"):
                total += int(line.split()[1]) * 1024
    return total


def supervisors():
    found = []
    for name in os.listdir("/proc"):
        try:
            if name.isdigit() and data in open(f"/proc/{name}/cmdline").read():
                found.append(int(name))
        except OSError:
            pass
    return [pid for pid in found if str(pid) != service and pid != os.getpid()]


def first_command(client):
    def body():
        sandbox = client.create()
        client.command(sandbox, "/bin/true")
        made.append(sandbox)
    return body


def figures():
    client = Client()
    global made
    made = []
    result = {"schema": "drydock.benchmark.service/v1", "processors": os.cpu_count(),
              "kernel": os.uname().release}
    # Sequential, each killed before the next, as the public benchmark does it.
    times = []
    for _ in range(COUNT):
        times.append(timed(first_command(client)))
        client.kill(made.pop())
    result["create_and_first_command"] = milliseconds(times)
    # At once.
    clients = [Client() for _ in range(100)]
    with concurrent.futures.ThreadPoolExecutor(100) as pool:
        start = time.perf_counter()
        each = list(pool.map(lambda one: timed(first_command(one)), clients))
        wall = time.perf_counter() - start
    result["burst_of_100"] = {"wall_s": round(wall, 3), "failures": 0, **milliseconds(each)}
    while made:
        client.kill(made.pop())
    sandbox = client.create()
    result["warm_command"] = milliseconds(
        [timed(lambda: client.command(sandbox, "/bin/true")) for _ in range(5 * COUNT)])
    # One stream; the client only counts.
    start = time.perf_counter()
    answer = client.start(sandbox, "/usr/bin/head", "-c", str(BYTES), "/dev/zero")
    size = 0
    buffer = bytearray(1 << 20)
    while count := answer.readinto(buffer):
        size += count
    seconds = time.perf_counter() - start
    assert size > BYTES
    result["stream"] = {"mb_per_s": round(BYTES / 1e6 / seconds, 1), "bytes": BYTES}
    client.kill(sandbox)
    # Idle ones, beyond the program: their supervisors and pid 1.
    before = memory(service)
    sandboxes = [client.create() for _ in range(IDLE)]
    held = sum(memory(pid) for pid in supervisors())
    times = []
    for _ in range(20):
        times.append(timed(first_command(client)))
        client.kill(made.pop())
    result["idle"] = {"sandboxes": IDLE, "bytes_each": held // max(IDLE, 1),
                      "service_bytes": memory(service), "service_bytes_before": before,
                      "create_and_first_command": milliseconds(times)}
    for sandbox in sandboxes:
        client.kill(sandbox)
    # Many, one after the other: nothing may grow.
    def state():
        return {"service_bytes": memory(service),
                "descriptors": len(os.listdir(f"/proc/{service}/fd")),
                "mounts": len(open("/proc/self/mountinfo").readlines()),
                "sandboxes": len(os.listdir(f"{data}/sandboxes"))}

    before = state()
    for _ in range(RUNS):
        sandbox = client.create()
        client.command(sandbox, "/bin/true")
        client.kill(sandbox)
    result["runs"] = {"count": RUNS, "before": before, "after": state()}
    return result


print(json.dumps(figures(), indent=2))
