/// Every route of the service: one file for each group, sorted by name.
enum Routes {
    static let all: [any RouteGroup.Type] = [
        APIRoutes.self,
        DashboardRoutes.self,
        E2BControlRoutes.self,
        FilesRoutes.self,
        FilesystemRoutes.self,
        ForgeEventRoutes.self,
        HealthRoutes.self,
        MCPRoutes.self,
        MetricsRoutes.self,
        ProcessRoutes.self,
    ]
}
