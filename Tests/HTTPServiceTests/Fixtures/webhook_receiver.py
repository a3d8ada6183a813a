"""Takes webhooks: SECRET-FILE OUTPUT-FILE. Fails the first two of each number, as receivers do.

Checks signatures as the Standard Webhooks specification says, with the standard library only.
"""

import base64
import hashlib
import hmac
import http.server
import json
import sys
import time

secret_file, output = sys.argv[1:]
seen = {}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        number, stamp = self.headers["webhook-id"], self.headers["webhook-timestamp"]
        key = base64.b64decode(open(secret_file).read().strip().removeprefix("whsec_"))
        expected = base64.b64encode(
            hmac.new(key, f"{number}.{stamp}.".encode() + body, hashlib.sha256).digest()).decode()
        seen[number] = seen.get(number, 0) + 1
        status = 200 if seen[number] > 2 else (503, 500)[seen[number] - 1]
        with open(output, "a") as file:
            file.write(json.dumps({
                "id": number, "path": self.path, "status": status,
                "signed": f"v1,{expected}" in self.headers["webhook-signature"].split(" "),
                "fresh": abs(time.time() - int(stamp)) < 60, "body": json.loads(body)}) + "\n")
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
