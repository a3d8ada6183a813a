internal import JSONText

/// One message of JSON-RPC 2.0 (https://www.jsonrpc.org/specification).
struct JSONRPCMessage: Sendable {
    /// A string or a number; `nil` in a notification.
    var id: JSONValue?
    var method: String
    /// An object.
    var params: JSONValue

    /// - Throws: `JSONRPCError` for what is no request and no notification. An answer to a request
    ///   of ours is neither: the server sends none.
    init(_ value: JSONValue) throws(JSONRPCError) {
        guard case .object = value else {
            throw JSONRPCError(.invalidRequest, "one JSON-RPC request or notification is expected")
        }
        guard value["jsonrpc"]?.stringValue == "2.0", let method = value["method"]?.stringValue
        else { throw JSONRPCError(.invalidRequest, "jsonrpc must be 2.0, and method a string") }
        switch value["id"] {
        case .none: id = nil
        case .some(.string(let text)): id = .string(text)
        case .some(.number(let text)): id = .number(text)
        case .some: throw JSONRPCError(.invalidRequest, "id must be a string or a number")
        }
        self.method = method
        switch value["params"] {
        case .none: params = .object([])
        case .some(.object(let members)): params = .object(members)
        case .some: throw JSONRPCError(.invalidRequest, "params must be an object")
        }
    }
}

/// An error of the protocol itself. What goes wrong within a tool is a result with `isError`.
package struct JSONRPCError: Error, Sendable, Equatable {
    package enum Code: Int, Sendable {
        case parse = -32700
        case invalidRequest = -32600
        case methodNotFound = -32601
        case invalidParams = -32602
        case internalError = -32603
        case resourceNotFound = -32002
        // Of MCP 2026-07-28.
        case headerMismatch = -32020
        case missingClientCapability = -32021
        case unsupportedVersion = -32022
    }

    package var code: Code
    package var message: String
    var data: JSONValue?

    init(_ code: Code, _ message: String, data: JSONValue? = nil) {
        self.code = code
        self.message = message
        self.data = data
    }

    func answer(to id: JSONValue?) -> JSONValue {
        var error: [JSONValue.Member] = [
            .init("code", JSONValue(code.rawValue)), .init("message", .string(message)),
        ]
        if let data { error.append(.init("data", data)) }
        return ["jsonrpc": "2.0", "id": id ?? .null, "error": .object(error)]
    }

    /// Over HTTP; what a request of the older generation gets is always 200 but for malformed ones.
    var status: Int {
        switch code {
        case .methodNotFound: 404
        case .internalError, .resourceNotFound: 200
        default: 400
        }
    }
}
