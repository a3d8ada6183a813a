internal import JSONText
internal import RunModel

struct GitLogTool: RepairTool {
    let name = "git_log"
    let description = "Shows the newest commits, of one path where it is named."
    let schema = """
        {"type":"object","additionalProperties":false,"required":["path","count"],
         "properties":{"path":{"type":["string","null"]},
          "count":{"type":["integer","null"],"description":"null: 10; at most 50"}}}
        """

    func perform(
        _ arguments: JSONValue, in workspace: RepairWorkspace
    ) async throws -> String {
        guard let knowledge = workspace.tools.knowledge else {
            throw ToolRefusal("no history is at hand")
        }
        let lines = try await knowledge.log(
            path: arguments["path"]?.stringValue,
            limit: min(50, max(1, arguments["count"]?.integerValue ?? 10)))
        return lines.isEmpty ? "no commits" : lines.joined(separator: "\n")
    }
}

struct TestHistoryTool: RepairTool {
    let name = "test_history"
    let description = "Shows what is on record about a test: earlier incidents, attempts, results."
    let schema = """
        {"type":"object","additionalProperties":false,"required":["test"],
         "properties":{"test":{"type":"string","description":"its id as the task names it"}}}
        """

    func perform(
        _ arguments: JSONValue, in workspace: RepairWorkspace
    ) async throws -> String {
        guard let knowledge = workspace.tools.knowledge else {
            throw ToolRefusal("no record is at hand")
        }
        let lines = try await knowledge.testHistory(arguments.text("test"))
        return lines.isEmpty ? "nothing is on record" : lines.joined(separator: "\n")
    }
}

struct ServiceStatusTool: RepairTool {
    let name = "service_status"
    let description = "Shows the services that the project configures, and how they are checked."
    let schema = #"{"type":"object","additionalProperties":false,"required":[],"properties":{}}"#

    func perform(
        _ arguments: JSONValue, in workspace: RepairWorkspace
    ) async throws -> String {
        guard let knowledge = workspace.tools.knowledge else {
            throw ToolRefusal("no services are at hand")
        }
        let lines = try await knowledge.serviceStatus()
        return lines.isEmpty ? "no services are configured" : lines.joined(separator: "\n")
    }
}

struct ChangelogTool: RepairTool {
    let name = "changelog"
    let description = """
        Shows the version and the change log of an installed package, or of the repository itself.
        """
    let schema = """
        {"type":"object","additionalProperties":false,"required":["package","query"],
         "properties":{"package":{"type":["string","null"],"description":"null: this repository"},
          "query":{"type":["string","null"],"description":"only lines around this text"}}}
        """

    /// Looks beside the installed package for what it brought along.
    private static let script = """
        import importlib.metadata as m, sys, os
        name = sys.argv[1]
        try: d = m.distribution(name)
        except m.PackageNotFoundError: print("not installed:", name); sys.exit(0)
        print(d.metadata["Name"], d.version)
        shown = 0
        for f in d.files or []:
            base = os.path.basename(str(f)).lower()
            if base.split(".")[0] in ("changes", "changelog", "history", "news", "releases"):
                try: print(open(d.locate_file(f), errors="replace").read(100000)); shown += 1
                except OSError as e: print(f, e)
        if not shown:
            text = d.metadata.get_payload() or d.metadata.get("Description") or ""
            print(text[:50000] or "it brought no change log along")
        """

    func perform(
        _ arguments: JSONValue, in workspace: RepairWorkspace
    ) async throws -> String {
        let text: String
        if let package = arguments["package"]?.stringValue {
            guard InstalledName.isPlain(package) else {
                throw ToolRefusal("\(package) is no package name")
            }
            text = try await workspace.run(
                ["/bin/sh", "-c", InstalledName.python, "python", Self.script, package]).1
        } else {
            let names = ["changelog", "changes", "history", "news", "releases"]
            let files = try await workspace.files().map(\.path).filter { path in
                !path.contains("/")
                    && names.contains(path.lowercased().prefix { $0 != "." }.description)
            }
            guard let path = files.first else { return "the repository has no change log" }
            text = try await workspace.text(of: path)
        }
        guard let query = arguments["query"]?.stringValue, !query.isEmpty else { return text }
        var shelf = OutputShelf()
        let padded = text + String(repeating: " ", count: OutputShelf.shownCharacters)
        _ = shelf.shown(padded)
        return shelf.page("o1", offset: 0, query: query) ?? text
    }
}

struct DocumentationTool: RepairTool {
    let name = "documentation"
    let description = """
        Answers from what is installed where the code runs: the signature and help of a Python \
        name (kind python, such as json.dumps), the options of a command (kind command), the \
        documentation of a Go name (kind go). What it does not find does not exist there.
        """
    let schema = """
        {"type":"object","additionalProperties":false,"required":["kind","name"],
         "properties":{"kind":{"type":"string","enum":["python","command","go"]},
          "name":{"type":"string"}}}
        """

    private static let script = """
        import importlib, inspect, pydoc, sys
        sys.path.insert(0, ".")
        name = sys.argv[1]
        parts = name.split(".")
        for n in range(len(parts), 0, -1):
            try: thing = importlib.import_module(".".join(parts[:n]))
            except ImportError: continue
            try:
                for part in parts[n:]: thing = getattr(thing, part)
            except AttributeError as e:
                print("does not exist:", name, "-", e)
                near = [x for x in dir(thing) if not x.startswith("__")]
                print("what there is:", ", ".join(near[:200])); sys.exit(0)
            try: print(name + str(inspect.signature(thing)))
            except (TypeError, ValueError): pass
            print(pydoc.plain(pydoc.render_doc(thing))[:40000]); sys.exit(0)
        import builtins
        if hasattr(builtins, name): print(pydoc.plain(pydoc.render_doc(getattr(builtins, name))))
        else: print("does not exist:", name, "- no module of that name can be imported here")
        """

    func perform(
        _ arguments: JSONValue, in workspace: RepairWorkspace
    ) async throws -> String {
        let name = arguments.text("name")
        guard InstalledName.isPlain(name) else {
            throw ToolRefusal("\(name.prefix(80)) is no plain name")
        }
        let command: [String] =
            switch arguments.text("kind") {
            case "python": ["/bin/sh", "-c", InstalledName.python, "python", Self.script, name]
            case "go": ["go", "doc", name]
            default:
                [
                    "/bin/sh", "-c",
                    "command -v -- \"$1\" >/dev/null || { echo \"does not exist: $1\"; exit 0; }; "
                        + "\"$1\" --help 2>&1 || \"$1\" -h 2>&1 || man -P cat -- \"$1\" 2>&1",
                    "help",
                    name,
                ]
            }
        return try await workspace.run(command).1
    }
}

enum InstalledName {
    /// Names of modules, packages and commands; nothing that a shell or an option would be.
    static func isPlain(_ name: String) -> Bool {
        guard let first = name.utf8.first, name.utf8.count <= 200, first != UInt8(ascii: "-") else {
            return false
        }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "-"), UInt8(ascii: "/"), UInt8(ascii: "@"):
                true
            default: false
            }
        } && !name.contains("..")
    }

    /// The project's own interpreter where it has one.
    static let python = """
        if [ -n "$DRYDOCK_ENV" ] && [ -x "$DRYDOCK_ENV/bin/python" ]; then
          exec "$DRYDOCK_ENV/bin/python" -c "$1" "$2"
        else exec python3 -c "$1" "$2"; fi
        """
}
