import Glibc
import PolicyFiles
import RunModel
import SeccompCompiler
import TestSupport
import Testing

@Suite struct PolicyTests {
    private let library = PolicyLibrary(root: policyDirectory)

    /// The list is derived from the kernel's table: a name that nobody has judged is a mistake.
    @Test func everyCallOfTheKernelHeadersIsClassified() throws {
        let policy = try EffectivePolicy("base", from: library)
        let known = policy.allowed.union(policy.denials.flatMap(\.calls))
        for number in Int32(0)..<512 {
            guard let name = SystemCallTable.name(of: number) else { continue }
            #expect(known.contains(name), "\(name) (\(number)) stands in no group")
        }
    }

    @Test func everyNamedCallExistsSomewhere() throws {
        let policy = try EffectivePolicy("base", from: library)
        for name in policy.allowed.union(policy.denials.flatMap(\.calls)) {
            // Throws for an unknown name.
            _ = try SystemCallTable.number(of: name, in: "base")
        }
    }

    @Test(arguments: ["build", "debug", "strict"])
    func shippedProfilesCompileAndReadBack(name: String) throws {
        let profile = try ProfileCompiler(library: library).compile(name)
        #expect(profile.settings.name == name && profile.settings.seccomp == name)
        #expect(profile.digest.count == 64)
        let bytes = CompiledProfileCoding.encode(profile)
        #expect(try CompiledProfileCoding.decode(bytes) == profile)
        // The same policy gives the same bytes: the cache is keyed by them.
        #expect(try ProfileCompiler(library: library).compile(name) == profile)
    }

    @Test func compiledProfilesAreKeptWholeOrNotAtAll() throws {
        let profile = try ProfileCompiler(library: library).compile("build")
        try withTemporaryDirectory { directory in
            let path = directory + "/build.ddprof"
            try CompiledProfileFile.write(profile, to: path)
            try CompiledProfileFile.write(profile, to: path)
            let file = try #require(fopen(path, "r"))
            defer { fclose(file) }
            var bytes = [UInt8](repeating: 0, count: 1 << 20)
            bytes.removeLast(bytes.count - fread(&bytes, 1, bytes.count, file))
            #expect(try CompiledProfileCoding.decode(bytes) == profile)
            let error = #expect(throws: CompiledProfileFileFailure.self) {
                try CompiledProfileFile.write(profile, to: directory + "/absent/x")
            }
            #expect(error?.code == ENOENT)
        }
    }

    @Test func anExecutableFindsItsPolicies() throws {
        let built = policyDirectory.replacing("/Policies", with: "/.build/x/debug/drydock-tool")
        #expect(PolicyLibrary.belonging(to: built)?.root == policyDirectory)
        #expect(PolicyLibrary.belonging(to: "/nonexistent/bin/x") == nil)
    }

    @Test func deltasAddAndRemove() throws {
        let build = try EffectivePolicy("build", from: library)
        let debug = try EffectivePolicy("debug", from: library)
        let strict = try EffectivePolicy("strict", from: library)
        #expect(!build.allowed.contains("ptrace") && debug.allowed.contains("ptrace"))
        #expect(debug.allowed.isSuperset(of: build.allowed))
        #expect(strict.allowed.isStrictSubset(of: build.allowed))
        let compiler = ProfileCompiler(library: library)
        #expect(try compiler.settings(of: "build").limits == .standard)
        let settings = try compiler.settings(of: "strict")
        #expect(settings.limits.memoryBytes == 512 << 20 && settings.showsOnlyProcesses)
        #expect(settings.maskedPaths.contains("/proc/kcore"), "inherited from build")
    }

    /// Each text replaces `Policies/seccomp/mine.yaml`; the words must be in the error.
    @Test(arguments: [
        ("extends: base\nallow: [{for: x, calls: [raed]}]", "unknown call raed"),
        ("extends: base\nallow: [{for: x, calls: [read]}]", "allows read twice"),
        ("extends: base\nallow: [{for: x, calls: [ptrace]}]", "both allows and denies ptrace"),
        ("extends: base\nremove: {allow: [ptrace]}", "removes ptrace, which is not allowed"),
        ("extends: base\nremove: {deny: [nothing]}", "unknown rule nothing"),
        ("extends: base\nremove: {check: [nothing]}", "unknown check nothing"),
        ("extends: mine", "extends itself"),
        ("extends: base\nallows: []", "did you mean allow?"),
        (
            "extends: base\ndeny: [{rule: trace, why: x, errno: EPERM, hint: x, calls: [read]}]",
            "has the rule trace twice"
        ),
        (
            "extends: base\nremove: {allow: [read]}\n"
                + "deny: [{rule: r, why: x, errno: EPERMM, hint: x, calls: [read]}]",
            "did you mean EPERM?"
        ),
        (
            "extends: base\ncheck: [{rule: r, why: x, call: read, hint: x, errno: EPERM, "
                + "when: [{argument: 6, in: [1]}]}]", "an argument from 0 to 5"
        ),
        (
            "extends: base\ncheck: [{rule: r, why: x, call: ptrace, hint: x, errno: EPERM, "
                + "when: [{argument: 0, in: [1]}]}]", "which is not allowed anyway"
        ),
    ])
    func mistakesInAPolicyAreNamed(text: String, words: String) throws {
        try withTemporaryDirectory { directory in
            try makeDirectory(directory + "/seccomp")
            try write(
                try PolicyText(path: policyDirectory + "/seccomp/base.yaml").text,
                to: directory + "/seccomp/base.yaml")
            try write(
                "version: 1\nname: mine\ndescription: x\n" + text,
                to: directory + "/seccomp/mine.yaml")
            let error = #expect(throws: PolicyFileError.self) {
                let policy = try EffectivePolicy("mine", from: PolicyLibrary(root: directory))
                _ = try FilterCompiler(policy).compile()
            }
            #expect(error?.description.contains(words) == true, "\(String(describing: error))")
        }
    }

    @Test func profilesAreFoundByNameThenByPath() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/mine.yaml"
            try write(
                "version: 1\nname: mine\ndescription: x\nextends: build\nlimits: {memory: 1GiB}\n",
                to: path)
            let compiler = ProfileCompiler(library: library)
            #expect(try compiler.settings(of: path).limits.memoryBytes == 1 << 30)
            #expect(throws: PolicyFileError.self) { try compiler.settings(of: "nothing") }
            try write(
                "version: 1\nname: mine\ndescription: x\nextends: build\nfiles: {masked: [../x]}\n",
                to: path)
            #expect(throws: PolicyFileError.self) { try compiler.settings(of: path) }
        }
    }
}

private func makeDirectory(_ path: String) throws {
    try #require(mkdir(path, 0o755) == 0)
}

private func write(_ text: String, to path: String) throws {
    let file = try #require(fopen(path, "w"))
    defer { fclose(file) }
    try #require(fputs(text, file) >= 0)
}
