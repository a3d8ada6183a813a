extension RunReport {
    /// Takes the connections of a run; each that was refused is a denial as well, one for each place and
    /// rule.
    package mutating func record(_ connections: [ConnectionRecord]) {
        self.connections = connections
        var indices: [String: Int] = [:]
        for connection in connections where connection.verdict == "refused" {
            let place =
                connection.port == 0 ? connection.host : "\(connection.host):\(connection.port)"
            let key = place + "\n" + connection.rule
            if let index = indices[key] {
                denials[index].count += 1
                continue
            }
            indices[key] = denials.count
            denials.append(
                Denial(
                    layer: "network", operation: connection.port == 0 ? "resolve" : "connect",
                    detail: place, rule: connection.rule,
                    hint: "Where it is meant to be reached: --net allow=\(place)"))
        }
    }
}
