/// The texts that tell what failed, by class. Adding one is a word here: matching is one pass over
/// the log, however many there are.
enum LogSignatures {
    static let all: [LogSignature] =
        generic.map { LogSignature($0, nil, .generic) }
        + harmless.map { LogSignature($0, nil, .harmless) }
        + decisive.flatMap { failure, texts in
            texts.map { LogSignature($0, failure, .decisive) }
        }
        + typical.flatMap { failure, texts in texts.map { LogSignature($0, failure, .typical) } }
        // `TypeError: cannot convert` is no compiler's: its messages begin so, or stand behind a place.
        + compilerMessages.flatMap { message in
            [
                LogSignature("error: " + message, .compileError, .decisive, .start),
                LogSignature(": error: " + message, .compileError, .decisive),
            ]
        }
        + [
            // What the shell says of a process that the kernel ended.
            LogSignature("killed", .outOfMemory, .decisive, .whole),
            LogSignature("0 errors", nil, .harmless, .start),
            LogSignature("0 failed", nil, .harmless, .start),
            LogSignature("0 failures", nil, .harmless, .start),
            LogSignature("● ", .testFailure, .typical),
            LogSignature("✖ ", .testFailure, .typical),
            LogSignature("✘ ", .testFailure, .typical),
            LogSignature("e   ", .testFailure, .typical, .start),
            LogSignature("not ok ", .testFailure, .decisive, .start),
            LogSignature("failed ", .testFailure, .typical, .start),
        ]

    /// Words that make a line worth a look.
    private static let generic = [
        "error", "exception", "fail", "fatal", "panic", "unable to", "cannot", "killed",
        "npm err!", "abort", "denied",
    ]

    /// What takes that back.
    private static let harmless = [
        " 0 errors", " 0 failed", " 0 failures", "--fail-fast", "-werror", "continue-on-error",
        "errors: 0", "failed: 0", "fail-fast: ", "no errors", "--no-fail-fast", "0 error(s)",
    ]

    private static let compilerMessages = [
        "expected",
        "cannot find",
        "use of",
        "no member",
        "value of type",
        "cannot convert",
        "type '",
        "unknown type name",
        "implicit declaration",
        "conflicting types",
        "redefinition of",
        "missing",
        "linking",
    ]

    /// Leaves no doubt.
    private static let decisive: [(FailureClass, [String])] = [
        (
            .outOfMemory,
            [
                "out of memory", "oom-kill", "oomkilled", "cannot allocate memory",
                "heap out of memory", "outofmemoryerror", "std::bad_alloc",
                "memory limit exceeded",
            ]
        ),
        (
            .disk,
            [
                "no space left on device", "enospc", "disk quota exceeded",
                "not enough space on the disk",
            ]
        ),
        (
            .infrastructure,
            [
                "error response from daemon", "cannot connect to the docker daemon",
                "received a shutdown signal", "lost communication with the server",
                "runner system failure", "job failed (system failure)",
                "the hosted runner encountered an error", "the runner has received a shutdown",
                "prepare environment: ", "no matching runner", "pod was evicted",
            ]
        ),
        (
            .imageDrift,
            [
                "unable to locate package", "has no installation candidate",
                "the following packages have unmet dependencies", "does not have a release file",
                "manifest unknown", "version `glibc", "externally-managed-environment",
                "requires a different python", "uses a deprecated version of", "exec format error",
            ]
        ),
        (
            .missingTool,
            [
                "command not found", "executable file not found in",
                "is not recognized as an internal or external command",
                "no cmake_c_compiler could be found", "no cmake_cxx_compiler could be found",
                "could not find tool",
            ]
        ),
        (
            .dependencyResolution,
            [
                "could not find a version that satisfies the requirement",
                "no matching distribution found", "unable to resolve dependency tree",
                "resolutionimpossible", "eresolve", "could not resolve dependencies",
                "failed to select a version for", "no matching package named",
                "no matching package found", "missing go.sum entry", "updates to go.mod needed",
                "lock file needs to be updated", "lockfile is not up to date",
                "your lock file does not contain a compatible set",
                "failed to resolve dependencies", "package resolution failed", "sha512 integrity",
                "these packages do not match the hashes", "could not find gem",
                "bundler could not find compatible versions",
                "your requirements could not be resolved", "dependencies could not be resolved",
                "conflicting dependencies", "modulenotfounderror: no module named",
                "cannot find module '", ": error: no such module",
                "can only install packages when your package",
                "cannot find package",
                "no required module provides package", "unresolved import",
            ]
        ),
        (
            .network,
            [
                "could not resolve host", "temporary failure in name resolution",
                "name or service not known", "network is unreachable", "eai_again",
                "tls handshake timeout", "no route to host",
                "failed to establish a new connection", "certificate verify failed",
            ]
        ),
        (
            .compileError,
            [
                "error[e0", "could not compile", "undefined reference to", "linker command failed",
                "collect2: error", "cannot find symbol", "compilation failure",
                "compilation failed", "compilation error", "undeclared identifier",
                "[build failed]", "error ts", "error cs", "fatal error:", "syntaxerror:",
                "emit-module command failed", "was not declared in this scope",
                "has no member named",
                "indentationerror:", "declared and not used", "imported and not used",
                "undefined symbol", "mismatched types", "not enough arguments in call",
                "too many arguments to function",
                "module parse failed",
            ]
        ),
        (
            .timeout,
            [
                "panic: test timed out", "exceeded the maximum execution time",
                "exceeded the timeout", "has timed out after", "execution took longer than",
                "timeout: sending signal", "the operation was canceled", "timeoutexpired",
                "job's timeout", "was cancelled because it exceeded",
            ]
        ),
        (
            .lint,
            [
                "would reformat", "would be reformatted", "code style issues",
                "run prettier with --write", "file is not `gofmt", "not gofmt-ed", "diff in /",
                "diff in src", "cargo fmt", "rustfmt --check", "✖ 1 problem", "problems (",
                "[deny(clippy", "clippy::", "files were modified by this hook",
                "imports are incorrectly sorted", "your code has been rated at",
                "please run `black", "please run 'black", "[*] fixable", "fixable with the `--fix",
                "violations were found", "lint errors", "linting failed", "trailing-whitespace",
                "clang-format-violations", "-wclang-format", "swiftlint",
                "found 1 error in 1 file", "oh no!",
            ]
        ),
        (
            .testFailure,
            [
                "--- fail:", "failed tests/", "failed test", "assertionerror", "assertion failed",
                "assertion `left", "test result: failed", "there are test failures", "failures!",
                "tests failed", "test failed", "failing tests", "failed tests:",
                "short test summary", "failed (failures=", "failed (errors=", "expectation failed",
                "xctassert", "recorded an issue", "expect(received)", "comparisonfailure",
                "assertionfailederror", "rspec ./", "failure/error:", "failed asserting that",
                "error_assertion", "err_assertion", "% tests passed",
            ]
        ),
        (
            .configuration,
            [
                "unbound variable", "keyerror: '", "invalid configuration",
                "unrecognized arguments", "unknown option", "no such option",
                "unrecognized option", "invalid workflow file", "bad credentials",
                "authentication failed", "could not read username", "host key verification failed",
                "unknown flag", "error validating", "invalid value for", "invalid yaml",
                "yaml: line", "configuration error", "improperlyconfigured", "secret not found",
            ]
        ),
    ]

    /// Stands in such failures mostly.
    private static let typical: [(FailureClass, [String])] = [
        (
            .outOfMemory,
            [
                "memoryerror", "exit code 137", "signal 9", "signal: 9", "sigkill",
                "memory cgroup out",
            ]
        ),
        (
            .disk,
            [
                "read-only file system", "disk full",
            ]
        ),
        (
            .infrastructure,
            [
                "internal server error", "500 internal", "node was preempted", "spot interruption",
                "artifact storage quota",
            ]
        ),
        (
            .imageDrift,
            [
                "manifest for", "no longer supports", "failed to fetch http", "is end-of-life",
                "error while loading shared libraries", "unsupported class file major version",
                "requires python", "unsupported engine", "ebadengine", "no longer available",
            ]
        ),
        (
            .missingTool,
            [
                ": not found", "unable to find executable", "could not find executable",
                "is not installed", "env: can't execute", "program not found",
            ]
        ),
        (
            .dependencyResolution,
            [
                "frozen-lockfile", "no version of", "checksum mismatch",
                "importerror: cannot import name", "npm err! 404", "no solution found",
                "version solving failed", "could not find artifact",
                "failed to collect dependencies",
            ]
        ),
        (
            .network,
            [
                "connection refused", "connection reset by peer", "connection timed out",
                "econnreset", "econnrefused", "etimedout", "enotfound", "i/o timeout",
                "read timed out", "502 bad gateway", "503 service unavailable", "504 gateway",
                "429 too many requests", "rate limit exceeded", "unable to access 'https",
                "getaddrinfo", "the remote end hung up", "early eof", "unexpected disconnect",
            ]
        ),
        (
            .compileError,
            [
                "undefined: ", "cannot use ", "parse error", "unexpected token", "compile error",
                "ninja: build stopped", "make: *** [", "gmake: *** [",
                "build failure",
            ]
        ),
        (
            .timeout,
            [
                "timed out after", "deadline exceeded", "timeouterror", "timed out waiting",
                "test timeout of", "exceeded timeout of",
            ]
        ),
        (
            .lint,
            [
                "eslint", "flake8", "pylint", "golangci-lint", "lint failed", "e501", "shellcheck",
                "format check",
            ]
        ),
        (
            .testFailure,
            [
                "tests run: ", "test suites:", "panicked at", "traceback", "failures:",
                "segmentation fault",
            ]
        ),
        (
            .configuration,
            [
                "is not set", "environment variable", "missing required", "not a valid ",
                "must be set", "is required but", "validation error", "did not find expected",
                "permission denied", "access denied", "401 unauthorized", "403 forbidden",
                "invalid syntax in", "failed to parse", "no such file or directory",
                "error parsing",
            ]
        ),
    ]
}
