/// JUnit 5 (and 4 by its vintage engine) as Debian packages it (junit5), for Java sources without a
/// build tool: compiled by javac, run by JUnit's own ConsoleLauncher.
package struct JUnitConsoleRunner: TestRunner {
    package init() {}

    package let id = "junit"
    package let manifests: [String] = []

    private static let launcher = "/usr/share/java/junit-platform-console-standalone.jar"

    package func detect(_ project: ProjectTree) -> DetectedRunner? {
        let buildTools = [
            "pom.xml", "build.gradle", "build.gradle.kts", "build.xml", "WORKSPACE", "build.sbt",
        ]
        guard project.first(buildTools) == nil,
            let test = project.files.first(where: {
                $0.hasPrefix("src/test/java/") && $0.hasSuffix(".java")
            })
        else { return nil }
        // The reports' folder is fresh for every run, and so are the classes.
        func command(_ selection: String) -> String {
            "classes=$(mktemp -d) && find src -name '*.java' > \"$classes/sources\""
                + " && javac -nowarn -d \"$classes\" -cp \(Self.launcher) @\"$classes/sources\""
                + " && java -XX:TieredStopAtLevel=1 -jar \(Self.launcher)"
                + " --class-path \"$classes:src/main/resources:src/test/resources\""
                + " --disable-banner --disable-ansi-colors --details=summary"
                + " --reports-dir \"$DRYDOCK_REPORTS\" \(selection)"
        }
        return DetectedRunner(
            id: id, command: command("--scan-class-path \"$classes\""),
            select: command("{tests}"), selection: .junit, reports: ["TEST-*.xml"],
            console: "junit-console", testPaths: ["src/test/**"], certainty: .conventional,
            evidence: "\(test) is a test, and there is no build tool")
    }
}
