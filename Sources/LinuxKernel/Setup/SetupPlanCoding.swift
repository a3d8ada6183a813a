internal import CLinux

/// Turns a plan into the bytes that pid 1 reads: see `sandbox_plan.h`.
package enum SetupPlanCoding {
    package static func encode(
        _ steps: [SetupStep], inheritedCount: Int, failingCall: Int = 0,
        loopbackIsUp: Bool = false
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16384)
        for step in steps { append(step, to: &bytes) }
        var header = plan_header()
        header.magic = UInt32(PLAN_MAGIC)
        header.version = UInt32(PLAN_VERSION)
        header.total_bytes = UInt64(MemoryLayout<plan_header>.size + bytes.count)
        header.step_count = UInt32(steps.count)
        header.inherited_count = UInt32(inheritedCount)
        header.fail_at = UInt32(failingCall)
        header.flags = loopbackIsUp ? UInt32(PLAN_LOOPBACK_IS_UP) : 0
        return withUnsafeBytes(of: header, Array.init) + bytes
    }

    private static func append(_ step: SetupStep, to bytes: inout [UInt8]) {
        let record = record(of: step)
        var head = plan_step()
        head.kind = UInt16(record.kind.rawValue)
        head.flags = record.isOptional ? UInt16(PLAN_FLAG_OPTIONAL.rawValue) : 0
        head.item_count = UInt32(record.items.count)
        head.total_bytes = UInt64(
            MemoryLayout<plan_step>.size + record.items.reduce(0) { $0 + paddedBytes($1.count) })
        head.value = (
            record.value(0), record.value(1), record.value(2), record.value(3)
        )
        withUnsafeBytes(of: head) { bytes.append(contentsOf: $0) }
        for item in record.items {
            withUnsafeBytes(of: UInt32(item.count)) { bytes.append(contentsOf: $0) }
            bytes.append(contentsOf: item)
            let padding = paddedBytes(item.count) - 4 - item.count
            bytes.append(contentsOf: repeatElement(0, count: padding))
        }
    }

    /// A length, the bytes, at least one NUL, up to a multiple of 8.
    private static func paddedBytes(_ count: Int) -> Int { (4 + count + 1 + 7) & ~7 }

    struct Record {
        var kind: plan_kind
        var values: [UInt64]
        var items: [[UInt8]]
        var isOptional: Bool

        init(
            _ kind: plan_kind, _ values: [UInt64] = [], _ texts: [String] = [],
            isOptional: Bool = false
        ) {
            self.kind = kind
            self.values = values
            items = texts.map { Array($0.utf8) }
            self.isOptional = isOptional
        }

        func value(_ index: Int) -> UInt64 { index < values.count ? values[index] : 0 }
    }

    private static func index(_ inherited: Int?) -> UInt64 { inherited.map(UInt64.init) ?? .max }

    private static func record(of step: SetupStep) -> Record {
        switch step {
        case .privateMounts: return Record(PLAN_PRIVATE_MOUNTS)
        case .unshare(let namespaces): return Record(PLAN_UNSHARE, [namespaces.rawValue])
        case .joinGroups: return Record(PLAN_JOIN_GROUPS)
        case .hostname(let name): return Record(PLAN_HOSTNAME, [], [name])
        case .loopbackUp: return Record(PLAN_LOOPBACK_UP)
        case .root(let bytes, let files, let inherited):
            return Record(PLAN_ROOT, [bytes, files, index(inherited)])
        case .readyRoot(let path, let inherited):
            return Record(PLAN_READY_ROOT, [index(inherited)], path.map { [$0] } ?? [])
        case .directory(let path): return Record(PLAN_DIRECTORY, [], [path])
        case .symbolicLink(let target, let path):
            return Record(PLAN_SYMLINK, [], [target, path])
        case .file(let path, let mode, let content):
            var record = Record(PLAN_FILE, [UInt64(mode)], [path])
            record.items.append(content)
            return record
        case .bind(let source, let target, let attributes, let inherited, let isOptional):
            return Record(
                PLAN_BIND, [attributes.rawValue, index(inherited)], [source, target],
                isOptional: isOptional)
        case .fileSystem(let type, let target, let attributes, let options):
            return Record(PLAN_FILE_SYSTEM, [attributes.rawValue], [type, target] + options)
        case .scratch(let bytes, let files, let inherited):
            return Record(PLAN_SCRATCH, [bytes, files, index(inherited)])
        case .scratchBind(let name, let target, let mode, let owner):
            return Record(
                PLAN_SCRATCH_BIND, [UInt64(mode), UInt64(owner), UInt64(owner)], [name, target])
        case .overlay(let upper, let target, let lowers, let owner):
            return Record(
                PLAN_OVERLAY, [UInt64(owner), UInt64(owner)], [upper, target] + lowers)
        case .mask(let path): return Record(PLAN_MASK, [], [path], isOptional: true)
        case .readOnly(let path): return Record(PLAN_READ_ONLY, [], [path], isOptional: true)
        case .pivot: return Record(PLAN_PIVOT)
        case .workingDirectory(let path): return Record(PLAN_WORKING_DIRECTORY, [], [path])
        default: return privilegeRecord(of: step)
        }
    }

    private static func privilegeRecord(of step: SetupStep) -> Record {
        switch step {
        case .limit(let kind, let soft, let hard):
            return Record(PLAN_LIMIT, [kind.rawValue, soft, hard])
        case .landlock(let fileSystem, let network, let scoped):
            return Record(PLAN_LANDLOCK, [fileSystem, network, scoped])
        case .landlockRule(let path, let access):
            return Record(PLAN_LANDLOCK_RULE, [access], [path])
        case .landlockEnforce(let tells):
            // LANDLOCK_RESTRICT_SELF_LOG_NEW_EXEC_ON of linux/landlock.h
            return Record(PLAN_LANDLOCK_ENFORCE, [tells ? 2 : 0])
        case .terminal(let rows, let columns):
            return Record(PLAN_TERMINAL, [UInt64(rows), UInt64(columns)])
        case .boundingSet(let last): return Record(PLAN_BOUNDING_SET, [UInt64(last)])
        case .user(let id): return Record(PLAN_USER, [UInt64(id), UInt64(id)])
        case .dropCapabilities: return Record(PLAN_CAPABILITIES)
        case .noNewPrivileges: return Record(PLAN_NO_NEW_PRIVILEGES)
        case .seccomp(_, let program, let notifies):
            // SECCOMP_FILTER_FLAG_NEW_LISTENER and _WAIT_KILLABLE_RECV of linux/seccomp.h
            var record = Record(PLAN_SECCOMP, [notifies ? 0x28 : 0])
            record.items = [program]
            return record
        case .pause: return Record(PLAN_PAUSE)
        case .awaitNetwork: return Record(PLAN_AWAIT)
        case .environment(let variables): return Record(PLAN_ENVIRONMENT, [], variables)
        case .command(let arguments, let searchPath, let fileMask):
            return Record(PLAN_COMMAND, [UInt64(fileMask)], [searchPath] + arguments)
        case .serve: return Record(PLAN_SERVE)
        default: return Record(plan_kind(0))
        }
    }
}
