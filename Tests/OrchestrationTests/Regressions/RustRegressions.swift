import RunModel

/// Regressions of a Rust crate, tested by `cargo test`.
enum RustRegressions {
    private static let stack = """
        //! Numbers on a stack.

        /// The newest number is on top.
        #[derive(Default)]
        pub struct Stack {
            numbers: Vec<i64>,
        }

        impl Stack {
            /// Puts a number on top.
            pub fn push(&mut self, number: i64) {
                self.numbers.push(number);
            }

            /// Takes the top away.
            pub fn pop(&mut self) -> Option<i64> {
                self.numbers.pop()
            }

            /// How many there are.
            pub fn depth(&self) -> usize {
                self.numbers.len()
            }
        }

        """
    private static let calculator = """
        //! Expressions in reverse Polish notation.

        pub mod stack;

        use stack::Stack;

        /// The names of the operations.
        pub const OPERATIONS: [&str; 3] = ["+", "-", "*"];

        /// What an expression is worth.
        pub fn evaluate(text: &str) -> Result<i64, String> {
            let mut stack = Stack::default();
            for word in text.split_whitespace() {
                if OPERATIONS.contains(&word) {
                    let right = stack.pop().ok_or("nothing is left")?;
                    let left = stack.pop().ok_or("nothing is left")?;
                    stack.push(apply(word, left, right));
                } else {
                    stack.push(word.parse().map_err(|_| format!("no number: {word}"))?);
                }
            }
            if stack.depth() != 1 {
                return Err(format!("{} numbers are left", stack.depth()));
            }
            stack.pop().ok_or_else(|| "empty".to_string())
        }

        fn apply(operation: &str, left: i64, right: i64) -> i64 {
            match operation {
                "+" => left + right,
                "-" => left - right,
                _ => left * right,
            }
        }

        """
    private static let tests = """
        use calculator::evaluate;
        use calculator::stack::Stack;

        #[test]
        fn adds() {
            assert_eq!(evaluate("1 2 +"), Ok(3));
        }

        #[test]
        fn subtracts() {
            assert_eq!(evaluate("5 2 -"), Ok(3));
        }

        #[test]
        fn nests() {
            assert_eq!(evaluate("1 2 + 4 *"), Ok(12));
        }

        #[test]
        fn complains() {
            assert_eq!(evaluate("1 2"), Err("2 numbers are left".to_string()));
        }

        #[test]
        fn stacks() {
            let mut stack = Stack::default();
            stack.push(7);
            assert_eq!(stack.depth(), 1);
        }

        """

    static let project = CorpusProject(
        language: "Rust",
        files: [
            "Cargo.toml":
                "[package]\nname = \"calculator\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
            "src/lib.rs": calculator, "src/stack.rs": stack, "tests/calculator.rs": tests,
            "README.md": "# Calculator\n", ".gitignore": "target\nCargo.lock\n",
        ],
        heldOut: [
            "tests/held_out.rs": """
            use calculator::evaluate;
            use calculator::stack::Stack;

            #[test]
            fn held_out() {
                assert_eq!(evaluate("2 3 4 * -"), Ok(-10));
                assert_eq!(evaluate("x"), Err("no number: x".to_string()));
                assert!(evaluate("+").is_err() && evaluate("").is_err());
                let mut stack = Stack::default();
                stack.push(1);
                stack.push(2);
                assert_eq!((stack.pop(), stack.pop(), stack.pop()), (Some(2), Some(1), None));
            }

            """
        ],
        heldOutCommand: "cargo test --offline --test held_out", tool: "cargo")

    private static func among(_ steps: RegressionCase.Step...) -> [RegressionCase.Step] {
        [.change([.write("NEWS.md", "# News\n")])] + steps
            + [.change([.write("docs/use.md", "evaluate\n")])]
    }

    static let all: [RegressionCase] = [
        RegressionCase(
            name: "operands mixed up", project: project,
            steps: among(
                .culprit([
                    .replace("src/lib.rs", "apply(word, left, right)", "apply(word, right, left)"),
                    .replace(
                        "src/stack.rs", "/// How many there are.", "/// How many numbers there are."
                    ),
                ])),
            causes: [.init(path: "src/lib.rs", line: "apply(word, right, left)")],
            keeps: [("src/stack.rs", "How many numbers")], findsGood: true),
        RegressionCase(
            name: "a crate that no longer builds", project: project,
            steps: among(
                .culprit([
                    .replace("src/stack.rs", "numbers: Vec<i64>,", "values: Vec<i64>,"),
                    .replace("src/lib.rs", "//! Expressions in", "//! Reads expressions in"),
                ])),
            causes: [.init(path: "src/stack.rs", line: "+    values: Vec<i64>,")],
            ending: .repaired(["partial-revert", "rename"]),
            keeps: [("src/lib.rs", "Reads expressions")]),
        RegressionCase(
            name: "two hunks that need each other", project: project,
            steps: among(
                .culprit([
                    .replace(
                        "src/stack.rs",
                        "pub fn depth(&self) -> usize {\n        self.numbers.len()",
                        "pub fn depth(&self) -> i64 {\n        self.numbers.len() as i64 - 1"),
                    .replace(
                        "src/lib.rs", "if stack.depth() != 1 {", "if stack.depth() as i64 != 0i64 {"
                    ),
                    .replace(
                        "tests/calculator.rs", "assert_eq!(stack.depth(), 1);",
                        "assert_eq!(stack.depth() as usize, 1);"),
                    .replace("README.md", "# Calculator", "# The calculator"),
                ])),
            causes: [.init(path: "src/stack.rs", line: "as i64 - 1")],
            ending: .repaired(["partial-revert", "revert"])),
        RegressionCase(
            name: "a match arm", project: project,
            steps: among(
                .culprit([
                    .replace("src/lib.rs", "\"-\" => left - right,", "\"-\" => left + right,"),
                    .replace(
                        "src/lib.rs", "/// The names of the operations.",
                        "/// The operations' names."),
                ])),
            causes: [.init(path: "src/lib.rs", line: "\"-\" => left + right")],
            keeps: [("src/lib.rs", "operations' names")]),
        RegressionCase(
            name: "inside a merged branch", project: project,
            steps: [
                .branch("feature"),
                .culprit([
                    .replace(
                        "src/stack.rs", "self.numbers.push(number);",
                        "self.numbers.insert(0, number);"),
                    .write("docs/stack.md", "A stack.\n"),
                ]),
                .main, .change([.write("m.txt", "1\n")]), .merge("feature"),
            ],
            causes: [.init(path: "src/stack.rs", line: "insert(0")],
            keeps: [("docs/stack.md", "A stack")]),
    ]
}
