"""Drives `drydock mcp` and /mcp with the stock `mcp` package, 1.x or 2.x.

scenario.py stdio TOOL DATA REPOSITORY MODE full|short
scenario.py http URL KEY REPOSITORY MODE full|short

MODE is auto, legacy or 2026-07-28 with 2.x; with 1.x it is ignored. Prints OK at the end.
"""
import asyncio
import json
import sys

transport, first, second, repository, mode, length = sys.argv[1:7]

try:
    from mcp import Client, StdioServerParameters
    from mcp.client.streamable_http import streamable_http_client

    GENERATION = 2
except ImportError:
    from mcp import ClientSession, StdioServerParameters
    from mcp.client.stdio import stdio_client
    from mcp.client.streamable_http import streamablehttp_client

    GENERATION = 1

PARAMETERS = (
    StdioServerParameters(command=first, args=["mcp", "--data", second]) if transport == "stdio" else None
)


def document(result):
    error = getattr(result, "is_error", None)
    if error is None:
        error = result.isError
    assert not error, result
    content = getattr(result, "structured_content", None)
    return content if content is not None else result.structuredContent


def failed(result):
    error = getattr(result, "is_error", None)
    return result.isError if error is None else error


class Peer:
    """The same few calls on either generation of the package."""

    def __init__(self, client):
        self.client = client

    async def call(self, name, arguments, progress=None):
        if progress is None:
            return await self.client.call_tool(name, arguments)
        return await self.client.call_tool(name, arguments, progress_callback=progress)


async def work(client):
    peer = Peer(client)
    tools = (await client.list_tools()).tools
    names = [tool.name for tool in tools]
    assert names == sorted(names), names
    wanted = {"run", "edit", "read", "test", "diff", "session_fork", "session_rollback", "gate", "verify", "triage", "submit"}
    assert wanted <= set(names), names
    schemas = [getattr(tool, "output_schema", None) or getattr(tool, "outputSchema", None) for tool in tools]
    assert all(schemas)

    opened = document(await peer.call("session_open", {"repository": repository}))
    session = opened["session"]
    files = document(await peer.call("list_files", {"session": session}))["files"]
    assert "calc.py" in files, files
    text = document(await peer.call("read", {"session": session, "path": "calc.py"}))["text"]
    assert "return a - b" in text, text

    tested = document(await peer.call("test", {"session": session}))
    assert tested["failed"], tested
    snapshot = document(await peer.call("session_snapshot", {"session": session}))["snapshot"]
    document(await peer.call("write", {"session": session, "path": "junk/file.txt", "text": "junk"}))
    assert document(await peer.call("diff", {"session": session}))["changes"]["added"]
    document(await peer.call("session_rollback", {"session": session, "snapshot": snapshot}))
    assert document(await peer.call("diff", {"session": session}))["patch"] == ""

    edit = {"session": session, "path": "calc.py", "old": "return a - b", "new": "return a + b"}
    document(await peer.call("edit", edit))
    assert failed(await peer.call("edit", edit)), "the old text is gone"
    diff = document(await peer.call("diff", {"session": session}))
    assert "+    return a + b" in diff["patch"], diff
    forks = document(await peer.call("session_fork", {"session": session, "count": 2}))["sessions"]
    assert len(forks) == 2
    ran = document(await peer.call("run", {"session": forks[0], "command": ["sh", "-c", "rm calc.py; echo gone"]}))
    assert ran["exit_code"] == 0 and ran["stdout"] == "gone\n", ran
    assert document(await peer.call("diff", {"session": forks[1]}))["patch"] == diff["patch"]
    document(await peer.call("session_close", {"session": forks[0]}))

    seen = []

    async def progress(value, total, message):
        seen.append((value, message))

    loud = document(
        await peer.call(
            "run",
            {"session": session, "command": ["sh", "-c", "echo one; sleep 0.3; echo two >&2; exit 3"]},
            progress,
        )
    )
    assert loud["exit_code"] == 3 and loud["stderr"] == "two\n", loud
    messages = "".join(message or "" for _, message in seen)
    assert "one" in messages and "two" in messages, seen
    assert [value for value, _ in seen] == sorted({value for value, _ in seen}), seen

    uri = f"drydock://jobs/{loud['job']}/log"
    log = (await client.read_resource(uri)).contents[0].text
    assert "one" in log and "two" in log, log
    patch = (await client.read_resource(f"drydock://sessions/{session}/diff")).contents[0].text
    assert "+    return a + b" in patch
    assert (await client.list_resources()).resources

    assert failed(await peer.call("run", {"command": [], "session": session}))
    assert failed(await peer.call("run", {"command": "ls", "session": session}))
    assert failed(await peer.call("run", {"comand": ["ls"]}))
    assert failed(await peer.call("read", {"session": "nosuch", "path": "x"}))
    # What a link points to is what it points to inside.
    document(await peer.call("run", {"session": session, "command": ["ln", "-s", "/etc/shadow", "link"]}))
    assert failed(await peer.call("read", {"session": session, "path": "link"}))
    document(await peer.call("run", {"session": session, "command": ["rm", "link"]}))
    for path in ["../../../etc/shadow", "/etc/shadow"]:
        assert failed(await peer.call("read", {"session": session, "path": path}))

    if length == "short":
        return
    gate = document(await peer.call("gate", {"session": session}))
    assert gate["verdict"] == "pass", gate
    proof = document(await peer.call("verify", {"session": session, "repeats": 1}))
    assert proof["verdict"] == "verified", proof
    submitted = document(await peer.call("submit", {"session": session, "title": "Add, do not subtract", "repeats": 1}))
    assert submitted["outcome"] == "pull_request", submitted
    document(await peer.call("session_close", {"session": session}))


async def cancelled(client):
    """A call that is cancelled ends its sandbox: the server is not busy with it any more."""
    opened = document(await client.call_tool("session_open", {"repository": repository}))
    sleeper = asyncio.create_task(
        client.call_tool("run", {"session": opened["session"], "command": ["sleep", "600"]})
    )
    await asyncio.sleep(1.0)
    sleeper.cancel()
    try:
        await sleeper
    except asyncio.CancelledError:
        pass
    after = await asyncio.wait_for(
        client.call_tool("run", {"session": opened["session"], "command": ["echo", "free"]}), 20
    )
    assert document(after)["stdout"] == "free\n"


async def main():
    if GENERATION == 2:
        if transport == "stdio":
            target = PARAMETERS
            async with Client(target, mode=mode) as client:
                print(client.protocol_version)
                await work(client)
                await cancelled(client)
        else:
            import httpx2

            async with httpx2.AsyncClient(headers={"X-API-Key": second}, timeout=120) as web:
                async with Client(streamable_http_client(first, http_client=web), mode=mode) as client:
                    print(client.protocol_version)
                    await work(client)
                    await cancelled(client)
        return
    if transport == "stdio":
        async with stdio_client(PARAMETERS) as (read, write):
            async with ClientSession(read, write) as client:
                print((await client.initialize()).protocolVersion)
                await client.send_ping()
                await work(client)
    else:
        async with streamablehttp_client(first, headers={"X-API-Key": second}) as (read, write, _):
            async with ClientSession(read, write) as client:
                print((await client.initialize()).protocolVersion)
                await client.send_ping()
                await work(client)


asyncio.run(main())
print("OK")
