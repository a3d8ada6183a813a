internal import Hummingbird
internal import NIOCore

/// `/metrics`, in Prometheus' text format. Needs a key, as it tells how busy everybody is.
enum MetricsRoutes: RouteGroup {
    static func add(to routes: RecordingRoutes, state: ServiceState) {
        routes.get("metrics") { _, context in
            try context.require(.metrics)
            return Response(
                status: .ok, headers: [.contentType: ServiceMetrics.contentType],
                body: ResponseBody(byteBuffer: ByteBuffer(string: state.metrics.text())))
        }
    }
}
