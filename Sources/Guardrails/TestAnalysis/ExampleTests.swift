/// One small test in several languages: the examples of rules in this folder change it.
enum ExampleTests {
    static let python = """
        def test_adds():
            total = calc.add(1, 2)
            assert total == 3
            assert calc.name(total) == "three"


        def test_divides():
            with pytest.raises(ZeroDivisionError):
                calc.divide(1, 0)
            assert calc.divide(6, 3) == pytest.approx(2.0, abs=0.01)

        """

    static let javaScript = """
        describe("calc", () => {
          it("adds", () => {
            expect(add(1, 2)).toBe(3);
            expect(name(3)).toEqual("three");
          });
          it("divides", () => {
            expect(() => divide(1, 0)).toThrow(RangeError);
            expect(divide(6, 3)).toBeCloseTo(2.0, 5);
          });
        });

        """

    static let go = """
        package calc

        func TestAdds(t *testing.T) {
        	if got := Add(1, 2); got != 3 {
        		t.Errorf("got %d", got)
        	}
        	assert.Equal(t, "three", Name(3))
        }

        func TestDivides(t *testing.T) {
        	assert.ErrorIs(t, Divide(1, 0), ErrZero)
        	assert.InDelta(t, 2.0, Divide(6, 3), 0.01)
        }

        """

    static let java = """
        class CalcTest {
          @Test
          void adds() {
            assertEquals(3, calc.add(1, 2));
            assertThat(calc.name(3)).isEqualTo("three");
          }

          @Test
          void divides() {
            assertThrows(ArithmeticException.class, () -> calc.divide(1, 0));
            assertEquals(2.0, calc.divide(6, 3), 0.01);
          }
        }

        """

    static let rust = """
        pub fn add(a: i32, b: i32) -> i32 {
            a + b
        }

        #[cfg(test)]
        mod tests {
            use super::*;

            #[test]
            fn adds() {
                assert_eq!(add(1, 2), 3);
                assert_eq!(name(3), "three");
            }
        }

        """

    /// Where each of them lives.
    static let pythonPath = "tests/test_calc.py"
    static let javaScriptPath = "test/calc.test.js"
    static let goPath = "calc/calc_test.go"
    static let javaPath = "src/test/java/CalcTest.java"
    static let rustPath = "src/calc.rs"
}

extension RuleExample {
    /// One of the tests above with pieces of its text replaced.
    static func violating(
        _ summary: String, in path: String, _ text: String, _ replacements: (String, String)...
    ) -> RuleExample {
        .violating(
            summary, base: [path: ExampleFile(stringLiteral: text)],
            head: [path: ExampleFile(stringLiteral: replaced(text, replacements))])
    }

    static func clean(
        _ summary: String, in path: String, _ text: String, _ replacements: (String, String)...
    ) -> RuleExample {
        .clean(
            summary, base: [path: ExampleFile(stringLiteral: text)],
            head: [path: ExampleFile(stringLiteral: replaced(text, replacements))])
    }

    private static func replaced(_ text: String, _ replacements: [(String, String)]) -> String {
        var result = text
        for (old, new) in replacements {
            guard let range = result.firstRange(of: old) else { continue }
            result.replaceSubrange(range, with: new)
        }
        return result
    }
}
