/// Maven's Surefire.
package struct MavenRunner: TestRunner {
    package init() {}

    package let id = "maven"
    package let manifests = ["pom.xml"]

    package func detect(_ project: ProjectTree) -> DetectedRunner? {
        guard project.has("pom.xml"), project.files.contains(where: { $0.contains("src/test/") })
        else { return nil }
        let wrapper = project.has("mvnw") ? "./mvnw" : "mvn"
        // Surefire has no option for where it reports: the reports are fetched afterwards.
        func command(_ options: String) -> String {
            "\(wrapper) -B -o -Dmaven.test.failure.ignore=false test\(options); status=$?; "
                + ReportCollection.copy("*/surefire-reports/TEST-*.xml") + "; exit $status"
        }
        return DetectedRunner(
            id: id, command: command(""),
            select: command(" -Dsurefire.failIfNoSpecifiedTests=false -Dtest={tests}"),
            selection: .surefire, reports: ["*.xml"], testPaths: ["**/src/test/**"],
            setup: [
                DetectedRunner.Setup(
                    run: "\(wrapper) -B dependency:go-offline", inputs: ["pom.xml"])
            ],
            certainty: .configured, evidence: "pom.xml and src/test exist")
    }
}

/// Gradle.
package struct GradleRunner: TestRunner {
    package init() {}

    package let id = "gradle"
    package let manifests = [
        "build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts",
    ]

    package func detect(_ project: ProjectTree) -> DetectedRunner? {
        guard let build = project.first(manifests),
            project.files.contains(where: { $0.contains("src/test/") })
        else { return nil }
        let wrapper = project.has("gradlew") ? "./gradlew" : "gradle"
        func command(_ options: String) -> String {
            "\(wrapper) --offline --no-daemon --continue test\(options); status=$?; "
                + ReportCollection.copy("*/build/test-results/test/*.xml") + "; exit $status"
        }
        return DetectedRunner(
            id: id, command: command(""), select: command(" {tests}"), selection: .gradle,
            reports: ["*.xml"], testPaths: ["**/src/test/**"], certainty: .configured,
            evidence: "\(build) and src/test exist")
    }
}

/// RSpec, with its own JSON report: its JUnit formatter is a gem of its own.
package struct RSpecRunner: TestRunner {
    package init() {}

    package let id = "rspec"
    package let manifests = ["Gemfile", ".rspec"]

    package func detect(_ project: ProjectTree) -> DetectedRunner? {
        let specs = project.files.filter {
            $0.hasSuffix("_spec.rb") && !RunnerCatalog.isForeign($0)
        }
        guard let spec = specs.first else { return nil }
        let bundle = project.has("Gemfile") ? "bundle exec " : ""
        let call =
            bundle + "rspec --format progress --format json --out \"$DRYDOCK_REPORTS/rspec.json\""
        return DetectedRunner(
            id: id, command: call, select: call + " {tests}", selection: .arguments,
            reports: ["rspec.json"], testPaths: ["spec/**", ".rspec"],
            setup: project.has("Gemfile.lock")
                ? [
                    DetectedRunner.Setup(
                        run: "bundle install", inputs: ["Gemfile", "Gemfile.lock"])
                ] : [],
            certainty: project.has(".rspec") ? .configured : .conventional,
            evidence: project.has(".rspec") ? ".rspec exists" : "\(spec) is a spec")
    }
}

/// PHPUnit.
package struct PHPUnitRunner: TestRunner {
    package init() {}

    package let id = "phpunit"
    package let manifests = ["phpunit.xml", "phpunit.xml.dist", "composer.json"]

    package func detect(_ project: ProjectTree) -> DetectedRunner? {
        let configuration = project.first(["phpunit.xml", "phpunit.xml.dist"])
        let isRequired = project.text("composer.json").contains("phpunit/phpunit")
        guard configuration != nil || isRequired else { return nil }
        let call = "vendor/bin/phpunit --log-junit \"$DRYDOCK_REPORTS/junit.xml\""
        return DetectedRunner(
            id: id, command: call, select: call + " --filter {tests}", selection: .phpunit,
            reports: ["junit.xml"], testPaths: ["tests/**", "phpunit.xml", "phpunit.xml.dist"],
            setup: project.has("composer.lock")
                ? [
                    DetectedRunner.Setup(
                        run: "composer install --no-scripts",
                        inputs: ["composer.json", "composer.lock"])
                ] : [],
            certainty: .configured,
            evidence: configuration.map { "\($0) exists" } ?? "composer.json requires PHPUnit")
    }
}

/// Shell for runners that cannot be told where to put their reports.
enum ReportCollection {
    /// Copies reports of a path pattern under names that cannot collide between modules.
    static func copy(_ pattern: String) -> String {
        "find . -path '\(pattern)' | while IFS= read -r report; do "
            + "cp \"$report\" \"$DRYDOCK_REPORTS/$(printf %s \"$report\" | tr / _)\"; done"
    }
}
