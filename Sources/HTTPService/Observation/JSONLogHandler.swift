internal import Foundation
internal import JSONText
package import Logging

/// One JSON object a line on standard error.
package struct JSONLogHandler: LogHandler {
    private static let output = FileHandle.standardError
    private let label: String
    package var logLevel = Logger.Level.info
    package var metadata: Logger.Metadata = [:]

    package init(label: String) { self.label = label }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var members: [JSONValue.Member] = [
            .init(
                "time",
                .string(Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
            ),
            .init("level", .string(event.level.rawValue)), .init("logger", .string(label)),
            .init("message", .string(event.message.description)),
        ]
        let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
        for (name, value) in all.sorted(by: { $0.key < $1.key }) where name != "hb.request.id" {
            members.append(.init(name, .string(value.description)))
        }
        let line = JSONValue.object(members).text() + "\n"
        Self.output.write(Data(line.utf8))
    }
}
