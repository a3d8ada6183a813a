"""Takes OTLP over HTTP and decodes it with OpenTelemetry's own package: OUTPUT-FILE."""

import base64
import http.server
import json
import sys

from google.protobuf import json_format
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

output = sys.argv[1]


def ids(value):
    """Protobuf's JSON has bytes in base64 where OTLP's has hexadecimal ids."""
    if isinstance(value, list):
        return [ids(one) for one in value]
    if not isinstance(value, dict):
        return value
    names = ("traceId", "spanId", "parentSpanId")
    return {key: base64.b64encode(bytes.fromhex(one)).decode() if key in names else ids(one)
            for key, one in value.items()}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        lines = []
        if self.path == "/v1/traces":
            message = json_format.ParseDict(ids(body), ExportTraceServiceRequest())
            for resource in message.resource_spans:
                for scope in resource.scope_spans:
                    lines += [{"span": span.name, "trace": span.trace_id.hex(),
                               "parent": span.parent_span_id.hex(), "kind": span.kind,
                               "ordered": span.start_time_unix_nano <= span.end_time_unix_nano,
                               "scope": scope.scope.name,
                               "attributes": {a.key: a.value.string_value or a.value.int_value
                                              for a in span.attributes}} for span in scope.spans]
        elif self.path == "/v1/metrics":
            message = json_format.ParseDict(ids(body), ExportMetricsServiceRequest())
            for resource in message.resource_metrics:
                for scope in resource.scope_metrics:
                    for metric in scope.metrics:
                        for point in metric.histogram.data_points:
                            assert point.count == sum(point.bucket_counts)
                            assert len(point.bucket_counts) == len(point.explicit_bounds) + 1
                        lines.append({"metric": metric.name, "kind": metric.WhichOneof("data")})
        with open(output, "a") as file:
            file.writelines(json.dumps(line) + "\n" for line in lines)
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
