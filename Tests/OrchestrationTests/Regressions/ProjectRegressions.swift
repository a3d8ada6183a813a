import RunModel

/// Regressions that are none of the code's: dependencies, configuration, formatting.
enum ProjectRegressions {
    private static let configuration = """
        version: 1
        setup:
          - run: rm -rf "$DRYDOCK_ENV" && python3 -m pip install -q --no-cache-dir --target "$DRYDOCK_ENV" -r requirements.txt
            inputs: [requirements.txt]
        test:
          run: PYTHONPATH=$DRYDOCK_ENV python3 -m pytest -q -p no:cacheprovider --junitxml $DRYDOCK_REPORTS/junit.xml tests
          select: PYTHONPATH=$DRYDOCK_ENV python3 -m pytest -q -p no:cacheprovider --junitxml $DRYDOCK_REPORTS/junit.xml {tests}
          reports: [junit.xml]
          paths: ["tests/**", "conftest.py", "pytest.ini"]

        """

    /// Uses packages of the corpus' own index (`CorpusIndex`).
    private static func dependent(_ requirements: String, _ code: String) -> CorpusProject {
        CorpusProject(
            language: "packages",
            files: [
                "drydock.yaml": configuration, "requirements.txt": requirements, "conftest.py": "",
                "app.py": code,
                "tests/test_app.py":
                    "from app import price, total\n\n\ndef test_price():\n    assert price(2) == 4\n\n\ndef test_total():\n    assert total([1, 2]) == 6\n",
            ],
            heldOut: [
                "held_out/test_more.py":
                    "from app import price, total\n\n\ndef test_more():\n    assert [price(n) for n in (0, 5)] == [0, 10]\n    assert total([]) == 0\n"
            ],
            heldOutCommand:
                "PYTHONPATH=$DRYDOCK_ENV python3 -m pytest -q -p no:cacheprovider held_out",
            tool: "python3")
    }

    private static let doubling =
        "import pricelib\nimport taxlib\n\n\ndef price(n):\n    return pricelib.double(n) + taxlib.zero()\n\n\ndef total(numbers):\n    return sum(price(n) for n in numbers)\n"
    private static let shop = PythonRegressions.project

    private static let style = [
        "tests/test_style.py": """
        import subprocess


        def test_style():
            listed = subprocess.run(["gofmt", "-l", "tools"], capture_output=True, text=True)
            assert listed.stdout == "", "gofmt -l lists " + listed.stdout

        """,
        "tools/main.go": """
        package main

        import "fmt"

        func main() {
        \tfmt.Println("prices")
        }

        """,
    ]
    private static let service = [
        ".env.example": "HOST=localhost\nPORT=8080\n",
        "shop/settings.py": """
        \"\"\"Where the service listens.\"\"\"

        import pathlib


        def settings():
            lines = pathlib.Path(".env.example").read_text().split()
            return dict(line.split("=", 1) for line in lines)


        def address():
            values = settings()
            return values["HOST"] + ":" + values["PORT"]

        """,
        "tests/test_settings.py":
            "from shop.settings import address\n\n\ndef test_address():\n    assert address() == \"localhost:8080\"\n",
    ]

    private static func project(_ files: [String: String]) -> CorpusProject {
        var project = shop
        project.language = "settings"
        project.files.merge(files) { $1 }
        return project
    }

    static let all: [RegressionCase] = [
        RegressionCase(
            name: "a release that broke, another that moved",
            project: dependent("pricelib>=1.0\ntaxlib\n", doubling),
            steps: [], triage: .dependencyDrift, ending: .repaired(["pin"]),
            keeps: [("requirements.txt", "<1.2")],
            goodLock: "pricelib==1.0\ntaxlib==1.0\n", drift: ["pricelib"]),
        RegressionCase(
            name: "a package that only another one asks for",
            project: dependent(
                "sumlib\ntaxlib\n",
                doubling.replacing("import pricelib", with: "import sumlib as pricelib")),
            steps: [], triage: .dependencyDrift, ending: .repaired(["pin"]),
            keeps: [("requirements.txt", "pricelib<1.2")],
            goodLock: "pricelib==1.1\nsumlib==1.0\ntaxlib==1.1\n", drift: ["pricelib"]),
        RegressionCase(
            name: "two packages that only break together",
            project: dependent(
                "leftlib\nrightlib\n",
                "import leftlib\nimport rightlib\n\n\ndef price(n):\n    return 2 * n if leftlib.value * rightlib.value < 4 else n\n\n\ndef total(numbers):\n    return sum(price(n) for n in numbers)\n"
            ),
            steps: [], triage: .dependencyDrift, ending: .either,
            goodLock: "leftlib==1.0\nrightlib==1.0\n", drift: []),
        RegressionCase(
            name: "a requirement that was removed",
            project: dependent("pricelib<1.2\ntaxlib\n", doubling),
            steps: [
                .change([.write("a.txt", "a\n")]),
                .culprit([
                    .replace("requirements.txt", "pricelib<1.2\n", ""),
                    .write("docs/plan.md", "Fewer packages.\n"),
                ]),
            ],
            causes: [.init(path: "requirements.txt", line: "-pricelib<1.2")],
            ending: .repaired(["missing-dependency", "partial-revert"]),
            keeps: [("docs/plan.md", "Fewer")]),
        RegressionCase(
            name: "a file that is not formatted", project: project(style),
            steps: [
                .change([.write("a.txt", "a\n")]),
                .culprit([
                    .write(
                        "tools/main.go",
                        "package main\n\nimport \"fmt\"\n\nfunc main() {\n    fmt.Println( \"prices and taxes\" )\n}\n"
                    )
                ]),
            ],
            causes: [.init(path: "tools/main.go")], ending: .repaired(["format"]),
            keeps: [("tools/main.go", "\tfmt.Println(\"prices and taxes\")")]),
        RegressionCase(
            name: "a new file that is not formatted", project: project(style),
            steps: [
                .culprit([
                    .write("tools/more.go", "package main\n\nfunc more( ) int { return 1 ; }\n")
                ]),
                .change([.write("a.txt", "a\n")]),
            ],
            causes: [.init(path: "tools/more.go")], ending: .repaired(["format"]),
            keeps: [("tools/more.go", "func more() int { return 1 }")]),
        RegressionCase(
            name: "a setting read under a new name", project: project(service),
            steps: [
                .change([.write("a.txt", "a\n")]),
                .culprit([
                    .replace("shop/settings.py", "values[\"PORT\"]", "values[\"SERVICE_PORT\"]"),
                    .replace("README.md", "# Shop", "# Shop service"),
                ]),
            ],
            causes: [.init(path: "shop/settings.py", line: "SERVICE_PORT")],
            ending: .repaired(["environment"]),
            keeps: [(".env.example", "SERVICE_PORT=8080"), ("shop/settings.py", "SERVICE_PORT")]),
        RegressionCase(
            name: "a setting that was removed", project: project(service),
            steps: [
                .culprit([
                    .replace(".env.example", "PORT=8080\n", "TIMEOUT=5\n"),
                    .replace("README.md", "# Shop", "# Shop service"),
                ]),
                .change([.write("a.txt", "a\n")]),
            ],
            causes: [.init(path: ".env.example", line: "-PORT=8080")],
            ending: .repaired(["environment", "partial-revert"]), keeps: [("README.md", "service")]),
        RegressionCase(
            name: "a suite that depends on chance",
            project: project([
                "tests/test_chance.py":
                    "import random\n\n\ndef test_chance():\n    assert random.random() < 0.5\n"
            ]),
            steps: [.change([.write("a.txt", "a\n")])], triage: .flaky, ending: .leftAlone),
    ]
}
