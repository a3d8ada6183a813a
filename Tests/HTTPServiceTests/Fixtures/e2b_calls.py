"""Every call of E2B's Python client against a Drydock service; several release lines run it.

The client is configured by E2B_API_URL, E2B_SANDBOX_URL and E2B_API_KEY alone. A call that a
release does not have yet is left out by what the class has, and listed at the end.
"""

import inspect
import os
import time

import e2b
import httpx
from e2b import CommandExitException, NotFoundException, Sandbox

missing = []


def has(owner, name, parameter=None):
    call = getattr(owner, name, None)
    found = call is not None
    if found and parameter is not None:
        found = parameter in inspect.signature(call).parameters
    if not found:
        missing.append(f"{getattr(owner, '__name__', owner)}.{name}({parameter or ''})")
    return found


def eventually(check, seconds=5):
    end = time.monotonic() + seconds
    while True:
        value = check()
        if value or time.monotonic() > end:
            return value
        time.sleep(0.05)


def raises(kind, call):
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"{kind} was expected")


def control_plane(sandbox):
    info = sandbox.get_info()
    assert info.sandbox_id == sandbox.sandbox_id
    assert info.metadata == {"a b": "c&d", "kind": "calls"}
    assert info.template_id == "base"
    from e2b import SandboxQuery

    def ids(**query):
        return [item.sandbox_id for item in Sandbox.list(query=SandboxQuery(**query)).next_items()]

    assert ids(metadata={"a b": "c&d"}) == [sandbox.sandbox_id]
    assert ids(metadata={"a b": "other"}) == []
    other = Sandbox.create("base", timeout=60)
    try:
        first = Sandbox.list(limit=1)
        names = [item.sandbox_id for item in first.next_items()]
        assert first.has_next
        second = Sandbox.list(limit=1, next_token=first.next_token)
        names += [item.sandbox_id for item in second.next_items()]
        assert sorted(names) == sorted([sandbox.sandbox_id, other.sandbox_id])
        assert not second.has_next
    finally:
        assert other.kill()
    assert not other.kill()
    before = sandbox.get_info().end_at
    sandbox.set_timeout(500)
    assert sandbox.get_info().end_at > before
    assert sandbox.get_metrics()[-1].mem_total == 2 << 30
    assert sandbox.is_running()
    again = Sandbox.connect(sandbox.sandbox_id)
    assert again.commands.run("echo again").stdout == "again\n"
    raises(NotFoundException, lambda: Sandbox.connect("i000000000000000000"))


def commands(sandbox):
    result = sandbox.commands.run("echo out; echo err >&2; echo $FROM_CREATE $FROM_RUN; pwd",
                                  envs={"FROM_RUN": "run"})
    assert result.stdout == "out\ncreate run\n/home/user\n", result
    assert result.stderr == "err\n" and result.exit_code == 0
    assert sandbox.commands.run("pwd", cwd="/tmp").stdout == "/tmp\n"
    assert raises(CommandExitException, lambda: sandbox.commands.run("exit 7")).exit_code == 7

    lines = []
    handle = sandbox.commands.run("for i in 1 2 3; do echo $i; done", background=True)
    for out, _, _ in handle:
        lines.append(out or "")
    assert "".join(lines) == "1\n2\n3\n"

    parameter = has(sandbox.commands, "run", "stdin")
    handle = sandbox.commands.run("cat", background=True, **({"stdin": True} if parameter else {}))
    assert [process.pid for process in sandbox.commands.list()] == [handle.pid]
    sandbox.commands.send_stdin(handle.pid, "through\n")
    if has(sandbox.commands, "close_stdin"):
        sandbox.commands.close_stdin(handle.pid)
        assert handle.wait().stdout == "through\n"
    else:
        assert sandbox.commands.kill(handle.pid)

    handle = sandbox.commands.run("sleep 0.3; echo late", background=True)
    handle.disconnect()
    assert sandbox.commands.connect(handle.pid).wait().stdout == "late\n"

    handle = sandbox.commands.run("sleep 100", background=True)
    assert sandbox.commands.kill(handle.pid)
    assert raises(CommandExitException, handle.wait).exit_code != 0
    assert not sandbox.commands.kill(handle.pid)
    raises(e2b.TimeoutException, lambda: sandbox.commands.run("sleep 60", timeout=0.5))
    assert eventually(lambda: sandbox.commands.list() == [])


def terminal(sandbox):
    from e2b import PtySize

    def start():
        return sandbox.pty.create(PtySize(rows=24, cols=80))

    handle = start()
    sandbox.pty.resize(handle.pid, PtySize(rows=33, cols=101))
    sandbox.pty.send_stdin(handle.pid, b"stty size; exit 4\n")
    seen = []
    error = raises(CommandExitException, lambda: handle.wait(on_pty=seen.append))
    assert error.exit_code == 4
    assert b"33 101" in b"".join(seen)
    handle = start()
    assert sandbox.pty.kill(handle.pid)


def files(sandbox):
    files = sandbox.files
    written = files.write("folder/name with space.txt", "content")
    assert written.path == "/home/user/folder/name with space.txt"
    assert files.read(written.path) == "content"
    assert bytes(files.read(written.path, format="bytes")) == b"content"
    assert b"".join(files.read(written.path, format="stream")) == b"content"
    large = os.urandom(3 << 20)
    files.write("large", large)
    assert bytes(files.read("large", format="bytes")) == large
    if has(files, "write_files"):
        many = [{"path": "many/1", "data": "1"}, {"path": "/home/user/many/2", "data": b"\x00\xff"}]
        assert [item.path for item in files.write_files(many)] == [
            "/home/user/many/1", "/home/user/many/2"]
        assert bytes(files.read("many/2", format="bytes")) == b"\x00\xff"
    raises(NotFoundException, lambda: files.read("nothing"))
    assert files.exists("large") and not files.exists("nothing")
    if has(files, "get_info"):
        info = files.get_info("large")
        assert (info.size, info.owner, info.permissions) == (3 << 20, "user", "-rw-r--r--"), info
    assert "folder" in [entry.name for entry in files.list(".")]
    deep = [entry.path for entry in files.list("/home/user", depth=2)]
    assert written.path in deep
    assert files.make_dir("new/deep") and not files.make_dir("new/deep")
    files.rename("large", "renamed")
    assert files.exists("renamed") and not files.exists("large")
    files.remove("folder")
    assert not files.exists("folder")

    handle = files.watch_dir("new", recursive=True)
    files.write("new/deep/seen", "1")
    events = []

    def seen():
        events.extend(handle.get_new_events())
        return "deep/seen" in [event.name for event in events]

    assert eventually(seen), events
    handle.stop()
    if has(files, "write", "gzip"):
        files.write("zipped", "z" * 100_000, gzip=True)
        assert files.read("zipped") == "z" * 100_000
    if has(files, "write", "metadata"):
        assert files.write("marked", "x", metadata={"k": "v"}).metadata == {"k": "v"}
        assert files.get_info("marked").metadata == {"k": "v"}

    # No link leads out, and no path does.
    sandbox.commands.run("ln -s /etc/shadow secret; ln -s / up")
    raises(Exception, lambda: files.read("secret"))
    assert files.read("up/etc/hostname") == "sandbox\n"
    raises(Exception, lambda: files.write("/usr/bin/new", "x"))


def signed_addresses(sandbox):
    # Through one port for all sandboxes the headers say which is meant.
    headers = {"e2b-sandbox-id": sandbox.sandbox_id, "e2b-sandbox-port": "49983"}
    sandbox.files.write("signed", "by address")
    address = sandbox.download_url("signed", use_signature_expiration=60)
    assert httpx.get(address, headers=headers).text == "by address"
    forged = address.replace("signature=v1_", "signature=v1_A")
    assert httpx.get(forged, headers=headers).status_code == 401
    over = address.replace("signature_expiration=", "signature_expiration=1&was=")
    assert httpx.get(over, headers=headers).status_code == 401
    upload = sandbox.upload_url("uploaded")
    part = {"file": ("ignored", b"sent")}
    assert httpx.post(upload, headers=headers, files=part).status_code == 200
    assert sandbox.files.read("uploaded") == "sent"
    bare = os.environ["E2B_SANDBOX_URL"] + "/files?path=signed"
    assert httpx.get(bare, headers=headers).status_code == 401


def ports(sandbox):
    sandbox.files.write("site/index.html", "from inside")
    server = sandbox.commands.run("python3 -m http.server 3000 -d site", background=True)
    base = os.environ["E2B_SANDBOX_URL"]
    headers = {"e2b-sandbox-id": sandbox.sandbox_id, "e2b-sandbox-port": "3000"}

    def get(headers):
        return httpx.get(base + "/index.html", headers=headers)

    assert eventually(lambda: get(headers).status_code == 200)
    assert get(headers).text == "from inside"
    assert get({"host": sandbox.get_host(3000)}).text == "from inside"
    closed = get({"host": sandbox.get_host(3001)})
    assert closed.status_code == 502 and "port is not open" in closed.text
    sandbox.commands.kill(server.pid)


def pauses(sandbox):
    def state():
        from e2b import SandboxQuery

        items = Sandbox.list(query=SandboxQuery(metadata={"kind": "calls"})).next_items()
        return items[0].state.value

    handle = sandbox.commands.run("for i in $(seq 200); do echo $i; sleep 0.05; done", background=True)
    pause = getattr(sandbox, "pause", None) or sandbox.beta_pause
    pause()
    assert state() == "paused"
    pause()
    assert not sandbox.is_running()
    sandbox = Sandbox.connect(sandbox.sandbox_id)
    assert state() == "running"
    assert [process.pid for process in sandbox.commands.list()] == [handle.pid]
    assert sandbox.commands.kill(handle.pid)


def copies(sandbox):
    sandbox.files.write("kept/file", "kept")
    sandbox.commands.run("chmod 750 kept; ln kept/file kept/hard; ln -s file kept/soft")
    if has(sandbox, "create_snapshot"):
        snapshot = sandbox.create_snapshot()
        assert snapshot.snapshot_id in [
            item.snapshot_id for item in Sandbox.list_snapshots().next_items()]
        copy = Sandbox.create(snapshot.snapshot_id, timeout=60)
        try:
            out = copy.commands.run("cat kept/soft kept/hard; stat -c '%a %U %h' kept kept/file").stdout
            assert out == "keptkept750 user 2\n644 user 2\n", out
        finally:
            copy.kill()
        assert Sandbox.delete_snapshot(snapshot.snapshot_id)
        assert not Sandbox.delete_snapshot(snapshot.snapshot_id)
    if has(sandbox, "fork"):
        forks = sandbox.fork(count=3, timeout=60)
        try:
            for number, fork in enumerate(forks):
                fork.files.write("kept/file", f"fork {number}")
            assert [fork.files.read("kept/hard") for fork in forks] == ["fork 0", "fork 1", "fork 2"]
            assert sandbox.files.read("kept/file") == "kept"
        finally:
            for fork in forks:
                fork.kill()


def network(sandbox):
    if has(sandbox, "update_network"):
        look = "getent ahostsv4 example.com || echo none; getent ahostsv4 example.org || echo none"
        sandbox.update_network({"allow_out": ["example.com"]})
        out = sandbox.commands.run(look).stdout
        assert out.startswith("198.18.") and out.endswith("none\n"), out
        sandbox.update_network({"allow_out": ["example.org"]})
        out = sandbox.commands.run(look).stdout
        assert out.startswith("none\n198.18."), out
        sandbox.update_network({})
        assert sandbox.commands.run(look).stdout == "none\nnone\n"


def end(sandbox):
    assert sandbox.kill() and not sandbox.kill()
    assert not sandbox.is_running()
    raises(Exception, lambda: sandbox.commands.run("true"))
    raises(NotFoundException, sandbox.get_info)


def main():
    create = {"timeout": 120, "metadata": {"a b": "c&d", "kind": "calls"},
              "envs": {"FROM_CREATE": "create"}}
    sandbox = Sandbox.create("base", **create)
    try:
        for part in (control_plane, commands, terminal, files, signed_addresses, ports, pauses,
                     copies, network, end):
            part(sandbox)
            print("ok", part.__name__, flush=True)
        if has(Sandbox, "create", "idempotency_key"):
            one = Sandbox.create("base", idempotency_key="same-key", timeout=60)
            two = Sandbox.create("base", idempotency_key="same-key", timeout=60)
            assert one.sandbox_id == two.sandbox_id
            raises(Exception, lambda: Sandbox.create("base", idempotency_key="same-key", timeout=61))
            one.kill()
    finally:
        sandbox.kill()
    print("left out:", ", ".join(missing) or "nothing")
    print("all calls answered")


main()
