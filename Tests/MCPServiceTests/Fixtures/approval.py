"""A verified change that the gate wants a human for: input_required, with mcp 2.x over stdio.

approval.py TOOL DATA REPOSITORY
"""
import asyncio
import subprocess
import sys

from mcp import Client, StdioServerParameters
from mcp.types import ElicitResult

tool, data, repository = sys.argv[1:4]
asked = []


async def human(context, params):
    """Whoever sits before the client decides at the command line, as the message says."""
    asked.append(params.message)
    approval = params.message.split("`drydock approve ")[1].split("`")[0]
    done = subprocess.run([tool, "approve", approval, "--data", data], capture_output=True, text=True)
    assert done.returncode == 0, done
    return ElicitResult(action="accept", content={"decided": True})


async def main():
    parameters = StdioServerParameters(command=tool, args=["mcp", "--data", data])
    async with Client(parameters, elicitation_callback=human) as client:
        assert client.protocol_version == "2026-07-28"
        opened = (await client.call_tool("session_open", {"repository": repository})).structured_content
        session = opened["session"]
        edit = {"session": session, "path": "calc.py", "old": "return a - b", "new": "return a + b"}
        await client.call_tool("edit", edit)
        await client.call_tool("write", {"session": session, "path": ".github/workflows/ci.yml", "text": "on: push\njobs: {}\n"})
        gate = (await client.call_tool("gate", {"session": session})).structured_content
        assert gate["verdict"] == "review", gate
        submitted = (await client.call_tool("submit", {"session": session, "repeats": 1})).structured_content
        assert len(asked) == 1, (asked, submitted)
        assert submitted["outcome"] == "pull_request", submitted

        # A state that is not the server's, or of another call, is refused.
        for state in ["x", "e30=.00"]:
            try:
                await client.session.call_tool("submit", {"session": session}, request_state=state)
            except Exception as error:
                assert "requestState" in str(error), error
            else:
                raise AssertionError("a forged state was taken")


asyncio.run(main())
print("OK")
