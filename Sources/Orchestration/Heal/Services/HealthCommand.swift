package import PolicyFiles
internal import RunModel
package import Verification

/// The services of a configuration as a test command: each is started in the sandbox, asked, and
/// stopped, and its answer is the result of the test `health:NAME`.
package enum HealthCommand {
    package static let runner = "health"
    private static let report = "health.xml"
    /// Asked ten times a second.
    private static let questionsMax = 100
    /// A service that must fail: whatever makes it healthy makes everything healthy.
    static let canary = "drydock-canary"

    package static func testID(_ name: String) -> String { "health:" + name }

    package static func isHealth(_ test: String) -> Bool { test.hasPrefix("health:") }

    /// - Parameters:
    ///   - directory: where they are run: the folder of their project.
    ///   - addsCanary: whether a service that must fail is asked as well.
    package static func command(
        for services: [String: ServiceSection], beside project: TestCommand,
        in directory: String = "", addsCanary: Bool = false
    ) -> TestCommand {
        var calls = services.sorted { $0.key < $1.key }.map { name, service in
            "check \(quoted(testID(name))) \(quoted(service.run)) \(quoted(service.health))"
        }
        // It is asked by the same means, of a service that answers nothing.
        if addsCanary { calls.append("check \(testID(canary)) 'sleep 30' 'exit 1'") }
        var command = TestCommand(
            runner: runner, run: script(calls), reports: [report], paths: project.paths)
        command.workingDirectory = directory
        command.limits = project.limits
        // Inside, loopback works in every mode.
        command.network = project.network
        command.layers = project.layers
        command.environment = project.environment
        return command
    }

    private static func script(_ calls: [String]) -> String {
        """
        failed=0 total=0 cases=''
        escape() { tail -c 2000 | tr -cd '\\11\\12\\15\\40-\\176' |
            sed -e 's/&/\\&amp;/g' -e 's/</\\&lt;/g' -e 's/>/\\&gt;/g' -e 's/"/\\&quot;/g'; }
        check() {
            log=$(mktemp) || exit 125
            if command -v setsid >/dev/null; then setsid /bin/sh -c "$2" >"$log" 2>&1 &
            else /bin/sh -c "$2" >"$log" 2>&1 & fi
            service=$! healthy=1 count=0 answer='' asks=\(questionsMax)
            case $1 in *:\(canary)) asks=3 ;; esac
            while [ $count -lt $asks ]; do
                if answer=$(/bin/sh -c "$3" 2>&1); then healthy=0; break; fi
                # One that has ended answers nothing more; it is asked a few times, as it may have
                # put itself into the background.
                kill -0 $service 2>/dev/null || [ $count -gt $((asks - 10)) ] || count=$((asks - 10))
                count=$((count + 1)); sleep 0.1
            done
            kill -KILL -- -$service 2>/dev/null; kill -KILL $service 2>/dev/null
            wait $service 2>/dev/null
            total=$((total + 1)) name=$(printf %s "$1" | escape)
            if [ $healthy = 0 ]; then echo "PASSED $1"
                cases="$cases<testcase name=\\"$name\\"/>"
            else echo "FAILED $1: $answer"; echo "--- its log"; tail -n 40 "$log"
                failed=$((failed + 1))
                text=$({ printf '%s\\n' "$answer"; cat "$log"; } | escape)
                cases="$cases<testcase name=\\"$name\\"><failure message=\\"wrong answer\\">$text</failure></testcase>"
            fi
            rm -f "$log"
        }
        \(calls.joined(separator: "\n"))
        printf '<testsuite name="services" tests="%s" failures="%s">%s</testsuite>' \\
            $total $failed "$cases" > "$DRYDOCK_REPORTS/\(report)" || exit 125
        [ $failed = 0 ]
        """
    }

    /// One word of the shell's, whatever is in it.
    private static func quoted(_ text: String) -> String {
        "'" + text.replacing("'", with: "'\\''") + "'"
    }
}
