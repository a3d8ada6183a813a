#!/usr/bin/env python3
"""Measures the egress gateway against its bars and writes docs/benchmarks/egress.json and egress.md.

Everything happens in network and mount namespaces of its own: a server behind a link that is shaped
to 1 Gbit/s, another on loopback. Wants root. Usage: measure.py --drydock PATH [--output DIR] [--quick]
"""
import argparse, json, os, re, shutil, statistics, subprocess, sys, tempfile, time

# With the host's network the sandbox has a host table of its own: names are looked up here.
PRELUDE = """
import os, socket
if os.environ.get("DIRECT"):
    real, table = socket.getaddrinfo, {"web.test": "127.0.0.1", "far.test": "10.77.0.2"}
    socket.getaddrinfo = lambda host, *rest, **more: real(table.get(host, host), *rest, **more)
"""

LATENCY = PRELUDE + """
import http.client, ssl, statistics, sys, time
port, count = int(sys.argv[1]), int(sys.argv[2])
context = ssl.create_default_context()
def request(connection):
    start = time.perf_counter(); connection.request("GET", "/"); connection.getresponse().read()
    return (time.perf_counter() - start) * 1000
kept = http.client.HTTPSConnection("web.test", port, context=context); request(kept)
keep = [request(kept) for _ in range(count)]
fresh = []
for _ in range(count):
    start = time.perf_counter()
    one = http.client.HTTPSConnection("web.test", port, context=context); request(one); one.close()
    fresh.append((time.perf_counter() - start) * 1000)
print("RESULT", statistics.median(keep), statistics.median(fresh))
"""

BULK = PRELUDE + """
import socket, sys, time
host, port, wanted = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
s = socket.create_connection((host, port)); s.sendall(str(wanted).encode() + b"\\n")
buffer, got, start = bytearray(1 << 20), 0, time.perf_counter()
while got < wanted:
    n = s.recv_into(buffer)
    if not n: break
    got += n
print("RESULT", got, time.perf_counter() - start, flush=True)
"""

MANY = """
import resource, socket, sys, time
resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
port, count = int(sys.argv[1]), int(sys.argv[2])
sockets, failed = [], 0
for _ in range(count):
    try: sockets.append(socket.create_connection(("web.test", port), 20))
    except OSError as e: failed += 1
for s in sockets:
    s.settimeout(30)
    try: s.sendall(b"1000\\n")
    except OSError: failed += 1
for s in sockets:
    try:
        left = 1000
        while left: left -= len(s.recv(left)) or 1 << 30
    except OSError: failed += 1
    if left: failed += 1
print("RESULT", len(sockets), failed, flush=True)
sys.stdin.readline()
"""

# Sends as many bytes as a line asks for, and keeps the connection.
BULK_SERVER = """
import os, socket, sys, threading
blob = os.memfd_create("blob"); os.truncate(blob, 64 << 20)
def serve(c):
    with c, c.makefile("rb") as lines:
        for line in lines:
            left = int(line)
            while left: left -= os.sendfile(c.fileno(), blob, 0, min(left, 64 << 20))
s = socket.create_server((sys.argv[1], int(sys.argv[2])), backlog=2048)
print("ready", flush=True)
threading.stack_size(128 << 10)
while True: threading.Thread(target=serve, args=(s.accept()[0],), daemon=True).start()
"""

TLS_SERVER = """
import http.server, ssl, sys
class H(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def setup(self):
        super().setup(); self.request.setsockopt(6, 1, 1)
    def log_message(self, *a): pass
    def do_GET(self):
        self.wfile.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok")
s = http.server.ThreadingHTTPServer(("127.0.0.1", 0), H)
c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER); c.load_cert_chain(sys.argv[1] + "/server.pem", sys.argv[1] + "/server.key")
s.socket = c.wrap_socket(s.socket, server_side=True)
print(s.server_port, flush=True); s.serve_forever()
"""


def sh(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def result(text):
    return [float(v) for v in re.search(r"^RESULT (.*)$", text, re.M).group(1).split()]


class Stage:
    def __init__(self, drydock):
        self.drydock = drydock
        self.folder = tempfile.mkdtemp(prefix="drydock-benchmark-")
        os.chmod(self.folder, 0o755)
        with open(self.folder + "/hosts", "w") as f:
            f.write("127.0.0.1 localhost web.test\n10.77.0.2 far.test\n")
        sh("mount", "--bind", self.folder + "/hosts", "/etc/hosts")
        sh("ip", "link", "set", "lo", "up")
        self.peer = subprocess.Popen(["unshare", "-n", "sleep", "3600"])
        time.sleep(0.3)
        pid = str(self.peer.pid)
        sh("ip", "link", "add", "name", "near0", "type", "veth", "peer", "name", "far0")
        sh("ip", "link", "set", "far0", "netns", pid)
        inside = ["nsenter", "-t", pid, "-n"]
        for enter, name, address in (([], "near0", "10.77.0.1/24"), (inside, "far0", "10.77.0.2/24")):
            sh(*enter, "ip", "addr", "add", address, "dev", name)
            sh(*enter, "ip", "link", "set", name, "up")
            sh(*enter, "tc", "qdisc", "add", "dev", name, "root", "tbf", "rate", "1gbit", "burst", "512kb", "latency", "50ms")
        self.servers = [self.peer]
        self.serve(inside + [sys.executable, "-c", BULK_SERVER, "10.77.0.2", "9000"])
        self.serve([sys.executable, "-c", BULK_SERVER, "127.0.0.1", "9001"])
        self.certificates()
        self.tls = int(self.serve([sys.executable, "-c", TLS_SERVER, self.folder]))

    def serve(self, command):
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.servers.append(server)
        return server.stdout.readline().strip()

    def certificates(self):
        sh("sh", "-ec", f"""cd {self.folder}
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=Benchmark
            openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout server.key -out server.csr -subj /CN=web.test
            printf 'subjectAltName=DNS:web.test\\n' > ext
            openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile ext -out server.pem""")
        self.roots = {"SSL_CERT_FILE": self.folder + "/ca.pem"}

    def start(self, net, *command, report="report"):
        path = f"{self.folder}/{report}.json"
        environment = dict(os.environ, **self.roots)
        return subprocess.Popen(
            # The full tool every time: the front alone starts faster, and has no gateway.
            [self.drydock + "-tool", "run", "--net", net, "--stdin", "-", "--timeout", "10m",
             "--report", path, "--env", "SSL_CERT_FILE", "--bind", self.folder]
            + (["--env", "DIRECT=1"] if net == "host" else []) + ["--", *command],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment), path

    def run(self, net, *command):
        process, path = self.start(net, *command)
        output, errors = process.communicate()
        if process.returncode:
            sys.exit(f"a run failed: {errors}{output}")
        with open(path) as f:
            return output, json.load(f)

    def close(self):
        for server in self.servers:
            server.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def processor_seconds(pid):
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure_latency(stage, quick):
    rounds, count = (3, 60) if quick else (9, 200)
    figures = {}
    local = f"web.test:{stage.tls},127.0.0.0/8:{stage.tls}"
    ways = {"direct": "host", "tunnel": "allow=" + local, "intercepted": "allow=" + local + ",@intercept"}
    kept, fresh = {w: [] for w in ways}, {w: [] for w in ways}
    for _ in range(rounds):
        for way, net in ways.items():
            command = [sys.executable, "-c", LATENCY, str(stage.tls), str(count)]
            if way == "intercepted":
                command = ["env", "SSL_CERT_FILE=/run/drydock/trust/ca-certificates.crt"] + command
            a, b = result(stage.run(net, *command)[0])
            kept[way].append(a)
            fresh[way].append(b)
    for name, values in (("kept_connection_ms", kept), ("new_connection_ms", fresh)):
        figures[name] = {w: round(statistics.median(v), 3) for w, v in values.items()}
    figures["added_ms"] = {
        way: {"kept": round(figures["kept_connection_ms"][way] - figures["kept_connection_ms"]["direct"], 3),
              "new": round(figures["new_connection_ms"][way] - figures["new_connection_ms"]["direct"], 3)}
        for way in ("tunnel", "intercepted")}
    return figures


def measure_link(stage, quick):
    figures = {}
    size = (200 if quick else 600) << 20
    rates = {"direct": [], "gateway": []}
    seconds = []
    for _ in range(3 if quick else 5):
        for way, net in (("direct", "host"), ("gateway", "allow=far.test:9000,10.77.0.0/24:9000")):
            process, _ = stage.start(net, sys.executable, "-c", BULK + "\nsys.stdin.readline()", "far.test", "9000", str(size))
            text = process.stdout.readline()
            if way == "gateway":
                seconds.append(processor_seconds(process.pid) / (size / 1e9))
            process.communicate("\n")
            got, elapsed = result(text)
            rates[way].append(got * 8 / elapsed / 1e6)
    figures["megabits_per_second"] = {w: round(statistics.median(v), 1) for w, v in rates.items()}
    figures["share_of_link_percent"] = round(
        100 * statistics.median(rates["gateway"]) / statistics.median(rates["direct"]), 1)
    figures["processor_seconds_per_gigabyte"] = round(statistics.median(seconds), 3)
    return figures


def measure_connections(stage, quick):
    process, _ = stage.start("allow=web.test:9001,127.0.0.0/8:9001", sys.executable, "-c", MANY, "9001", "1000")
    text = process.stdout.readline()
    with open(f"/proc/{process.pid}/status") as f:
        status = f.read()
    process.communicate("\n")
    opened, failed = result(text)
    return {"connections": {
        "opened": int(opened), "failed": int(failed),
        "peak_mebibytes": round(int(re.search(r"VmHWM:\s+(\d+)", status).group(1)) / 1024, 1)}}


def measure_start(stage, quick):
    """Of the sandbox, as reports say it, and of the whole process, which for an allow list is that of the full tool."""
    figures = {}
    ways = {"none": "none", "allow": "allow=example.org", "intercept": "allow=example.org,@intercept"}
    starts, wholes = {w: [] for w in ways}, {w: [] for w in ways}
    for _ in range(20 if quick else 100):
        for way, net in ways.items():
            # What the kernel takes apart of the last one is nobody's start.
            time.sleep(0.03)
            starts[way].append(stage.run(net, "true")[1]["setup_ms"])
            time.sleep(0.03)
            start = time.perf_counter()
            subprocess.run([stage.drydock, "run", "--net", net, "--", "/bin/true"], check=True)
            wholes[way].append((time.perf_counter() - start) * 1000)
    figures["setup_ms"] = {w: round(statistics.median(v), 3) for w, v in starts.items()}
    figures["whole_ms"] = {w: round(statistics.median(v), 3) for w, v in wholes.items()}
    figures["added_start_ms"] = {
        w: round(figures["setup_ms"][w] - figures["setup_ms"]["none"], 3) for w in ("allow", "intercept")}
    return figures


PARTS = {"latency": measure_latency, "link": measure_link, "connections": measure_connections, "start": measure_start}


def bars(figures):
    """Measure, result, bar, and whether it is met; `None` where nothing was asked for, or not measured."""
    rows = []

    def row(part, name, bar, value, met=None):
        done = part in figures["load"]
        rows.append((name, value() if done else "not measured", bar, met() if done and met else None))

    added, start = figures.get("added_ms"), figures.get("added_start_ms")
    many = figures.get("connections")
    row("latency", "added latency of an HTTPS request on a kept connection, loopback, median", "< 1 ms",
        lambda: f"{added['tunnel']['kept']} ms", lambda: added["tunnel"]["kept"] < 1)
    row("latency", "the same with a new connection for each", "", lambda: f"{added['tunnel']['new']} ms")
    row("latency", "the same with TLS opened: kept, new", "",
        lambda: f"{added['intercepted']['kept']} ms, {added['intercepted']['new']} ms")
    row("link", "share of a link shaped to 1 Gbit/s", ">= 95 %", lambda: f"{figures['share_of_link_percent']} %",
        lambda: figures["share_of_link_percent"] >= 95)
    row("link", "processor time of the gateway for a gigabyte", "published",
        lambda: f"{figures['processor_seconds_per_gigabyte']} s")
    row("connections", "1,000 connections at once: failures, peak memory", "0, < 100 MiB",
        lambda: f"{many['failed']}, {many['peak_mebibytes']} MiB",
        lambda: many["failed"] == 0 and many["opened"] == 1000 and many["peak_mebibytes"] < 100)
    row("start", "start-up over `none`, median", "< 2 ms",
        lambda: f"{start['allow']} ms (`none` took {figures['setup_ms']['none']} ms)", lambda: start["allow"] < 2)
    row("start", "start-up over `none`, with TLS opened", "", lambda: f"{start['intercept']} ms")
    whole = figures.get("whole_ms", {})
    row("start", "`drydock run -- /bin/true`, whole process: `none`, allow list, with TLS opened", "",
        lambda: ", ".join(f"{ms} ms" for ms in whole.values()) or "not measured")
    return rows


def render(figures):
    lines = ["# Egress gateway", "", "Written by `Benchmarks/egress/measure.py`; medians, contenders take turns. The "
             "numbers are in [egress.json](egress.json).", "",
             "Load average when each part began: "
             + ", ".join(f"{name} {load}" for name, load in sorted(figures["load"].items()))
             + f". Build: {figures['build']}.", *([figures["note"]] if "note" in figures else []), "", "![Milliseconds of an HTTPS request](egress.svg)", "",
             "| Measure | Result | Bar | |", "|---|--:|---|---|"]
    return "\n".join(lines + [f"| {a} | {b} | {c} | {'' if met is None else 'met' if met else 'missed'} |"
                              for a, b, c, met in bars(figures)]) + "\n"


def plot(figures):
    """Bars: milliseconds of one HTTPS request, kept and new connections, by way."""
    rows = [(f"{way}, {label}", figures[name][way]) for name, label in
            (("kept_connection_ms", "kept connection"), ("new_connection_ms", "new connection"))
            for way in ("direct", "tunnel", "intercepted")]
    left, width, step = 200, 420, 26
    high = max(value for _, value in rows) * 1.1
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 80}" height="{40 + step * len(rows)}" '
             'font-family="sans-serif" font-size="13">', '<rect width="100%" height="100%" fill="#fff"/>']
    for index, (name, value) in enumerate(rows):
        y = 12 + step * index
        colour = "#9aa5b1" if name.startswith("direct") else "#1b6ca8"
        parts.append(f'<text x="{left - 8}" y="{y + 14}" text-anchor="end">{name}</text>'
                     f'<rect x="{left}" y="{y + 2}" width="{width * value / high:.1f}" height="16" fill="{colour}"/>'
                     f'<text x="{left + width * value / high + 5:.1f}" y="{y + 14}">{value:.2f} ms</text>')
    parts.append(f'<text x="{left + width / 2}" y="{30 + step * len(rows)}" text-anchor="middle">'
                 'median of an HTTPS request on loopback</text></svg>')
    return "\n".join(parts) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--drydock", required=True)
    parser.add_argument("--output", default="docs/benchmarks")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", choices=sorted(PARTS), help="one part, whose figures replace those of before")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not options.inside:
        os.execvp("unshare", ["unshare", "-n", "-m", sys.executable, *sys.argv, "--inside"])
    path = options.output + "/egress.json"
    figures = {"load": {}}
    if options.only and os.path.exists(path):
        with open(path) as f:
            figures = json.load(f)
    stage = Stage(os.path.abspath(options.drydock))
    try:
        for name in [options.only] if options.only else PARTS:
            load = round(os.getloadavg()[0], 2)
            figures.update(PARTS[name](stage, options.quick))
            figures["load"][name] = load
    finally:
        stage.close()
    figures["build"] = "debug" if "/debug/" in os.path.realpath(options.drydock) else "release"
    with open(path, "w") as f:
        json.dump(figures, f, indent=2)
        f.write("\n")
    with open(options.output + "/egress.md", "w") as f:
        f.write(render(figures))
    if "latency" in figures["load"]:
        with open(options.output + "/egress.svg", "w") as f:
            f.write(plot(figures))
    print(render(figures))


main()
