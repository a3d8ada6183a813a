internal import Foundation
internal import Hummingbird
internal import NIOCore

/// Takes a `multipart/form-data` body (RFC 7578) apart as it comes: parts of any size go through
/// without being held.
struct MultipartReader {
    struct Part {
        var name: String
        /// As the client wrote it, a path too.
        var fileName: String?
    }

    // SAFETY: a reader belongs to the one task that handles the request.
    nonisolated(unsafe) private var iterator: RequestBody.AsyncIterator
    private var buffer: [UInt8] = []
    private let delimiter: [UInt8]
    private var isBodyOver = false
    private var isOver = false
    private var hasBegun = false

    private static let headerLimit = 16 << 10

    /// - Parameter contentType: the header's value, which names the boundary.
    init?(_ body: RequestBody, contentType: String) {
        guard let range = contentType.range(of: "boundary=") else { return nil }
        var boundary = contentType[range.upperBound...].prefix { $0 != ";" }
        if boundary.hasPrefix("\""), boundary.hasSuffix("\""), boundary.count > 1 {
            boundary = boundary.dropFirst().dropLast()
        }
        guard (1...70).contains(boundary.utf8.count) else { return nil }
        delimiter = Array("\r\n--\(boundary)".utf8)
        // The first delimiter may stand at the very beginning.
        buffer = [13, 10]
        iterator = body.makeAsyncIterator()
    }

    private mutating func fill() async throws {
        guard let part = try await iterator.next() else {
            isBodyOver = true
            return
        }
        buffer.append(contentsOf: part.readableBytesView)
    }

    /// The next part, after the whole content of the one before has been taken; `nil` at the end.
    mutating func nextPart() async throws -> Part? {
        guard !isOver else { return nil }
        if !hasBegun {
            hasBegun = true
            // What stands before the first delimiter means nothing.
            while try await content() != nil {}
        }
        while buffer.count < 2 && !isBodyOver { try await fill() }
        if buffer.starts(with: [45, 45]) {
            isOver = true
            return nil
        }
        let blank: [UInt8] = [13, 10, 13, 10]
        while true {
            if let end = Self.find(blank, in: buffer, from: 0) {
                let head = String(decoding: buffer[..<end], as: UTF8.self)
                buffer.removeFirst(end + 4)
                return try Self.part(head)
            }
            guard buffer.count < Self.headerLimit, !isBodyOver else {
                throw ServiceError.badRequest("a part of the multipart body has no end of headers")
            }
            try await fill()
        }
    }

    /// More of the current part's content; `nil` at its end.
    mutating func content() async throws -> ArraySlice<UInt8>? {
        while true {
            if let place = Self.find(delimiter, in: buffer, from: 0) {
                if place == 0 {
                    buffer.removeFirst(delimiter.count)
                    return nil
                }
                let bytes = buffer[..<place]
                buffer.removeFirst(place)
                return bytes
            }
            guard !isBodyOver else {
                throw ServiceError.badRequest("the multipart body has no last delimiter")
            }
            // What could be the beginning of a delimiter stays.
            let safe = buffer.count - delimiter.count
            if safe > 65536 {
                let bytes = buffer[..<safe]
                buffer.removeFirst(safe)
                return bytes
            }
            try await fill()
        }
    }

    private static func find(_ needle: [UInt8], in hay: [UInt8], from start: Int) -> Int? {
        guard hay.count >= needle.count else { return nil }
        return hay.withUnsafeBufferPointer { hay in
            needle.withUnsafeBufferPointer { needle in
                var place = start
                let last = hay.count - needle.count
                while place <= last {
                    if hay[place] == needle[0] {
                        var length = 1
                        while length < needle.count, hay[place + length] == needle[length] {
                            length += 1
                        }
                        if length == needle.count { return place }
                    }
                    place += 1
                }
                return nil
            }
        }
    }

    private static func part(_ head: String) throws -> Part {
        for line in head.split(separator: "\r\n") {
            let pieces = line.split(separator: ":", maxSplits: 1)
            guard pieces.count == 2, pieces[0].lowercased() == "content-disposition" else {
                continue
            }
            var part = Part(name: "", fileName: nil)
            for (name, value) in parameters(of: pieces[1]) {
                if name == "name" { part.name = value }
                if name == "filename" { part.fileName = value }
                if name == "filename*", let encoded = value.split(separator: "'").last {
                    part.fileName = String(encoded).removingPercentEncoding
                }
            }
            return part
        }
        throw ServiceError.badRequest("a part of the multipart body has no Content-Disposition")
    }

    /// `form-data; name="file"; filename="a b"`, with `%22` and backslashes as clients write quotes.
    private static func parameters(of text: Substring) -> [(String, String)] {
        var parameters: [(String, String)] = []
        var rest = text[...]
        while let semicolon = rest.firstIndex(of: ";") {
            rest = rest[rest.index(after: semicolon)...].drop { $0 == " " }
            guard let sign = rest.firstIndex(of: "=") else { break }
            let name = rest[..<sign].lowercased()
            rest = rest[rest.index(after: sign)...]
            var value = ""
            if rest.first == "\"" {
                rest.removeFirst()
                while let character = rest.popFirst(), character != "\"" {
                    if character == "\\", let next = rest.first, next == "\"" || next == "\\" {
                        value.append(next)
                        rest.removeFirst()
                    } else {
                        value.append(character)
                    }
                }
                value = value.replacing("%22", with: "\"").replacing("%0D", with: "\r")
                    .replacing("%0A", with: "\n")
            } else {
                value = String(rest.prefix { $0 != ";" })
            }
            parameters.append((name, value))
        }
        return parameters
    }
}
