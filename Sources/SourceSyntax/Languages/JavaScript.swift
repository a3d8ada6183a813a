extension LanguageProfile {
    static let javascript = ecmaScript(.javascript, ["js", "mjs", "cjs", "jsx"])
    static let typescript = ecmaScript(.typescript, ["ts", "mts", "cts"])
    static let tsx = ecmaScript(.tsx, ["tsx"])

    /// jest, vitest, mocha with chai, node:test, jasmine, playwright, tape.
    private static func ecmaScript(
        _ language: SyntaxLanguage, _ extensions: [String]
    ) -> LanguageProfile {
        LanguageProfile(
            language, extensions: extensions,
            interpreters: language == .javascript ? ["node", "deno", "bun"] : [],
            syntax: SyntaxKinds(
                functions: [
                    "function_declaration", "method_definition", "generator_function_declaration",
                    "variable_declarator", "assignment_expression",
                ],
                classes: ["class_declaration", "abstract_class_declaration"],
                comments: ["comment", "html_comment", "hash_bang_line"],
                strings: ["string", "template_string", "regex"], annotations: ["decorator"],
                handlers: ["catch_clause"], attempts: ["try_statement"],
                loops: ["for_statement", "for_in_statement", "while_statement", "do_statement"]),
            tests: TestVocabulary(
                calls: ["it", "test", "specify", "xit", "xtest", "xspecify", "fit", "bench"],
                groups: ["describe", "context", "suite", "xdescribe", "fdescribe", "xcontext"],
                receivers: ["Deno", "QUnit", "t", "test", "suite"],
                markers: [
                    MarkerPattern("xit", .skip), MarkerPattern("xtest", .skip),
                    MarkerPattern("xspecify", .skip), MarkerPattern("xdescribe", .skip),
                    MarkerPattern("xcontext", .skip), MarkerPattern("skip", .skip),
                    MarkerPattern("skipIf", .conditionalSkip),
                    MarkerPattern("runIf", .conditionalSkip),
                    MarkerPattern("todo", .skip), MarkerPattern("fixme", .skip),
                    MarkerPattern("pending", .skip),
                    MarkerPattern("failing", .expectedFailure),
                    MarkerPattern("fails", .expectedFailure),
                    MarkerPattern("only", .focus), MarkerPattern("fit", .focus),
                    MarkerPattern("fdescribe", .focus), MarkerPattern("jest.retryTimes", .retry),
                    MarkerPattern("this.retries", .retry),
                    MarkerPattern("jest.setTimeout", .timeout),
                    MarkerPattern("this.timeout", .timeout),
                ],
                listAnnotations: ["each": 0, "for": 0],
                collected: [
                    .contains(".test."), .contains(".spec."), .contains("-test."),
                    .contains("_test."), .contains(".e2e"), .prefix("test."),
                    .directory("__tests__"), .directory("test"), .directory("tests"),
                    .directory("spec"), .directory("e2e"),
                ]),
            assertions: AssertionVocabulary(
                functions: AssertionForm.equal(
                    "strictEqual", "deepStrictEqual", "deepEqual", "equal", "same", "deepLooseEqual"
                )
                    + AssertionForm.notEqual(
                        "notStrictEqual", "notDeepStrictEqual", "notEqual", "notDeepEqual")
                    + AssertionForm.expression("assert", "ok")
                    + AssertionForm.subject(.truthy, "isTrue", "isOk")
                    + AssertionForm.subject(.falsy, "isFalse", "isNotOk")
                    + AssertionForm.subject(.null, "isNull", "isUndefined")
                    + AssertionForm.subject(.notNull, "isNotNull", "isDefined", "exists")
                    + AssertionForm.operands(.approximate, "closeTo", "approximately", tolerance: 0)
                    + AssertionForm.operands(.type, "isInstance", "instanceOf", "typeOf")
                    + AssertionForm.error("throws", "rejects", "throwsAsync")
                    + AssertionForm.subject(.noError, "doesNotThrow", "doesNotReject", "notThrows")
                    + AssertionForm.subject(.snapshot, "snapshot", "matchSnapshot"),
                receivers: ["assert", "t", "chai", "strict", "test"],
                starters: ["expect", "should"],
                matchers: AssertionForm.equal(
                    "toBe", "toEqual", "toStrictEqual", "eq", "eql", "eqls", "equals",
                    "toHaveTextContent", "toHaveValue", "toHaveAttribute", "toHaveProperty",
                    "equal", "property")
                    + AssertionForm.subject(
                        .count, "toHaveLength", "lengthOf", "length", "toHaveCount")
                    + AssertionForm.operands(
                        .approximate, "toBeCloseTo", "closeTo", "approximately", tolerance: 0)
                    + AssertionForm.operands(
                        .greater, "toBeGreaterThan", "above", "greaterThan", "gt")
                    + AssertionForm.operands(
                        .greaterOrEqual, "toBeGreaterThanOrEqual", "least", "gte")
                    + AssertionForm.operands(.less, "toBeLessThan", "below", "lessThan", "lt")
                    + AssertionForm.operands(.lessOrEqual, "toBeLessThanOrEqual", "most", "lte")
                    + AssertionForm.operands(
                        .contains, "toContain", "toContainEqual", "toMatchObject", "include",
                        "includes", "contain", "members", "keys", "toHaveClass")
                    + AssertionForm.operands(.matches, "toMatch", "match")
                    + AssertionForm.operands(
                        .type, "toBeInstanceOf", "instanceof", "instanceOf", "a", "an")
                    + AssertionForm.subject(
                        .null, "toBeNull", "toBeUndefined", "toBeNaN", "null", "undefined")
                    + AssertionForm.subject(
                        .notNull, "toBeDefined", "exist", "toExist", "toBeInTheDocument",
                        "toBeVisible")
                    + AssertionForm.subject(.truthy, "toBeTruthy", "ok", "true")
                    + AssertionForm.subject(.falsy, "toBeFalsy", "false", "empty")
                    + AssertionForm.error(
                        "toThrow", "toThrowError", "throw", "throws", "rejectedWith",
                        "toThrowErrorMatchingSnapshot")
                    + AssertionForm.operands(
                        .called, "toHaveBeenCalledWith", "toHaveBeenCalledTimes",
                        "toHaveBeenLastCalledWith",
                        "toHaveBeenNthCalledWith", "toHaveReturnedWith", "calledWith")
                    + AssertionForm.subject(
                        .called, "toHaveBeenCalled", "toHaveBeenCalledOnce", "called", "calledOnce")
                    + AssertionForm.subject(.snapshot, "toMatchSnapshot", "toMatchInlineSnapshot"),
                negations: ["not"]))
    }
}
