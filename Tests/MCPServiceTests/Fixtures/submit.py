"""A verified change is let out to the repository's own remote, with mcp 2.x over stdio.

submit.py TOOL DATA REPOSITORY CONFIGURATION-HOME
"""
import asyncio
import json
import os
import sys

from mcp import Client, StdioServerParameters

tool, data, repository, configuration = sys.argv[1:5]


async def main():
    parameters = StdioServerParameters(
        command=tool, args=["mcp", "--data", data], env=dict(os.environ, XDG_CONFIG_HOME=configuration))
    async with Client(parameters) as client:
        opened = (await client.call_tool("session_open", {"repository": repository, "revision": "main"})).structured_content
        session = opened["session"]
        edit = {"session": session, "path": "calc.py", "old": "return a - b", "new": "return a + b"}
        await client.call_tool("edit", edit)
        submitted = await client.call_tool("submit", {"session": session, "repeats": 1})
        print(json.dumps(submitted.structured_content or {"error": submitted.content[0].text}))


asyncio.run(main())
