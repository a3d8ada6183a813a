"""A model that answers from a script, in the wire format of each kind of provider.

For measuring the loop around a model where no model can be run: `decide(messages, tools, schema)`
gets what the request says in one shape and returns (text, [(tool, arguments)]).
"""
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def blocks_text(content):
    if isinstance(content, str):
        return content
    return "\n".join(b.get("text") or blocks_text(b.get("content") or "") for b in content or [])


def normalised(wire, body):
    """(messages as (role, text), tool names, schema) of a request."""
    messages = []
    if wire == "anthropic":
        if body.get("system"):
            messages.append(("system", blocks_text(body["system"])))
        for message in body["messages"]:
            content = message["content"]
            role = message["role"]
            if not isinstance(content, str) and any(b.get("type") == "tool_result" for b in content):
                for block in content:
                    kind = "tool" if block.get("type") == "tool_result" else role
                    messages.append((kind, blocks_text([block])))
                continue
            messages.append((role, blocks_text(content)))
        tools = [t["name"] for t in body.get("tools", [])]
        schema = ((body.get("output_config") or {}).get("format") or {}).get("schema")
    else:
        messages = [(m["role"], m.get("content") or "") for m in body["messages"]]
        tools = [t["function"]["name"] for t in body.get("tools") or []]
        if wire == "ollama":
            schema = body.get("format")
        else:
            schema = ((body.get("response_format") or {}).get("json_schema") or {}).get("schema")
    return messages, tools, schema


class ScriptedModel:
    """Serves one wire format on loopback until it is stopped."""

    def __init__(self, wire, decide):
        self.wire, self.decide = wire, decide
        self.calls, self.seconds = 0, 0.0
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_POST(self):
                started = time.monotonic()
                length = int(self.headers.get("content-length", 0))
                body = json.loads(self.rfile.read(length))
                text, calls = owner.decide(*normalised(owner.wire, body))
                streamed = body.get("stream", owner.wire == "ollama")
                parts = owner.parts(text, calls) if streamed else [owner.whole(text, calls)]
                data = "".join(parts).encode()
                self.send_response(200)
                kind = "application/json"
                if streamed:
                    kind = "application/x-ndjson" if owner.wire == "ollama" else "text/event-stream"
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
                owner.calls += 1
                owner.seconds += time.monotonic() - started

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def endpoint(self):
        base = f"http://127.0.0.1:{self.server.server_port}"
        return base + "/v1" if self.wire == "openai" else base

    def stop(self):
        self.server.shutdown()

    def whole(self, text, calls):
        if self.wire == "openai":
            message = {"role": "assistant", "content": text or None, "refusal": None}
            if calls:
                message["tool_calls"] = [
                    {"id": f"call_{i}", "type": "function",
                     "function": {"name": n, "arguments": json.dumps(a)}}
                    for i, (n, a) in enumerate(calls)]
            return json.dumps({
                "id": "c", "object": "chat.completion", "created": 0, "model": "scripted",
                "choices": [{"index": 0, "message": message,
                             "finish_reason": "tool_calls" if calls else "stop"}],
                "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}})
        if self.wire == "anthropic":
            content = [{"type": "text", "text": text}] if text else []
            content += [{"type": "tool_use", "id": f"toolu_{i}", "name": n, "input": a}
                        for i, (n, a) in enumerate(calls)]
            return json.dumps({
                "id": "m", "type": "message", "role": "assistant", "model": "scripted",
                "content": content, "stop_reason": "tool_use" if calls else "end_turn",
                "stop_sequence": None, "usage": {"input_tokens": 100, "output_tokens": 20}})
        return json.dumps(self.ollama(text, calls, True))

    def ollama(self, text, calls, done):
        message = {"role": "assistant", "content": text}
        if calls:
            message["tool_calls"] = [{"function": {"name": n, "arguments": a}} for n, a in calls]
        value = {"model": "scripted", "created_at": "2026-01-01T00:00:00Z", "message": message,
                 "done": done}
        if done:
            value |= {"done_reason": "stop", "prompt_eval_count": 100, "eval_count": 20}
        return value

    def parts(self, text, calls):
        if self.wire == "ollama":
            return [json.dumps(self.ollama(text, calls, False)) + "\n",
                    json.dumps(self.ollama("", [], True)) + "\n"]
        if self.wire == "openai":
            def chunk(delta, finish=None):
                return "data: " + json.dumps({
                    "id": "c", "object": "chat.completion.chunk", "created": 0, "model": "scripted",
                    "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}) + "\n\n"
            parts = [chunk({"role": "assistant", "content": text})]
            for i, (name, arguments) in enumerate(calls):
                data = json.dumps(arguments)
                parts.append(chunk({"tool_calls": [
                    {"index": i, "id": f"call_{i}", "type": "function",
                     "function": {"name": name, "arguments": data[:7]}}]}))
                parts.append(chunk({"tool_calls": [
                    {"index": i, "function": {"arguments": data[7:]}}]}))
            parts.append(chunk({}, "tool_calls" if calls else "stop"))
            parts.append("data: " + json.dumps({
                "id": "c", "object": "chat.completion.chunk", "created": 0, "model": "scripted",
                "choices": [], "usage": {"prompt_tokens": 100, "completion_tokens": 20,
                                         "total_tokens": 120}}) + "\n\n")
            return parts + ["data: [DONE]\n\n"]

        def event(value):
            return f"event: {value['type']}\ndata: {json.dumps(value)}\n\n"
        parts = [event({"type": "message_start", "message": {
            "id": "m", "type": "message", "role": "assistant", "model": "scripted", "content": [],
            "stop_reason": None, "stop_sequence": None,
            "usage": {"input_tokens": 100, "output_tokens": 1}}})]
        blocks = [("text", text, None)] if text else []
        blocks += [("tool", n, a) for n, a in calls]
        for i, (kind, name, arguments) in enumerate(blocks):
            if kind == "text":
                start = {"type": "text", "text": ""}
                delta = {"type": "text_delta", "text": name}
            else:
                start = {"type": "tool_use", "id": f"toolu_{i}", "name": name, "input": {}}
                delta = {"type": "input_json_delta", "partial_json": json.dumps(arguments)}
            parts.append(event({"type": "content_block_start", "index": i, "content_block": start}))
            parts.append(event({"type": "content_block_delta", "index": i, "delta": delta}))
            parts.append(event({"type": "content_block_stop", "index": i}))
        parts.append(event({"type": "message_delta", "delta": {
            "stop_reason": "tool_use" if calls else "end_turn", "stop_sequence": None},
            "usage": {"output_tokens": 20}}))
        return parts + [event({"type": "message_stop"})]
