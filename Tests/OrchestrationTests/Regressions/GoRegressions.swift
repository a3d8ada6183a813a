import RunModel

/// Regressions of a Go module, tested by `go test`.
enum GoRegressions {
    private static let matrix = """
        package grid

        // Grid is a rectangle of numbers, row by row.
        type Grid struct {
        \tWidth  int
        \tHeight int
        \tCells  []int
        }

        // New makes one of zeros.
        func New(width, height int) *Grid {
        \treturn &Grid{Width: width, Height: height, Cells: make([]int, width*height)}
        }

        // At is the number in a column and a row.
        func (g *Grid) At(x, y int) int {
        \treturn g.Cells[y*g.Width+x]
        }

        // Set changes one number.
        func (g *Grid) Set(x, y, value int) {
        \tg.Cells[y*g.Width+x] = value
        }

        // Sum is that of all numbers.
        func (g *Grid) Sum() int {
        \tsum := 0
        \tfor _, value := range g.Cells {
        \t\tsum += value
        \t}
        \treturn sum
        }

        // Transpose exchanges columns and rows.
        func (g *Grid) Transpose() *Grid {
        \tother := New(g.Height, g.Width)
        \tfor y := 0; y < g.Height; y++ {
        \t\tfor x := 0; x < g.Width; x++ {
        \t\t\tother.Set(y, x, g.At(x, y))
        \t\t}
        \t}
        \treturn other
        }

        """
    private static let text = """
        package grid

        import (
        \t"fmt"
        \t"strings"
        )

        // Separator stands between two numbers.
        const Separator = ","

        // Render writes one row a line.
        func Render(g *Grid) string {
        \tvar lines []string
        \tfor y := 0; y < g.Height; y++ {
        \t\tlines = append(lines, row(g, y))
        \t}
        \treturn strings.Join(lines, "\\n")
        }

        func row(g *Grid, y int) string {
        \tvar fields []string
        \tfor x := 0; x < g.Width; x++ {
        \t\tfields = append(fields, fmt.Sprint(g.At(x, y)))
        \t}
        \treturn strings.Join(fields, Separator)
        }

        """
    private static let tests = [
        "grid_test.go": """
        package grid

        import "testing"

        func sample() *Grid {
        \tg := New(3, 2)
        \tfor i := range g.Cells {
        \t\tg.Cells[i] = i + 1
        \t}
        \treturn g
        }

        func TestAt(t *testing.T) {
        \tif got := sample().At(1, 1); got != 5 {
        \t\tt.Errorf("got %d", got)
        \t}
        }

        func TestSum(t *testing.T) {
        \tif got := sample().Sum(); got != 21 {
        \t\tt.Errorf("got %d", got)
        \t}
        }

        func TestTranspose(t *testing.T) {
        \tif got := sample().Transpose().At(1, 2); got != 6 {
        \t\tt.Errorf("got %d", got)
        \t}
        }

        """,
        "text_test.go": """
        package grid

        import "testing"

        func TestRender(t *testing.T) {
        \tif got := Render(sample()); got != "1,2,3\\n4,5,6" {
        \t\tt.Errorf("got %q", got)
        \t}
        }

        """,
    ]

    static let project = CorpusProject(
        language: "Go",
        files: [
            "go.mod": "module example.org/grid\n\ngo 1.19\n", "grid.go": matrix, "text.go": text,
            "README.md": "# Grid\n",
        ].merging(tests) { $1 },
        heldOut: [
            "held_out_test.go": """
            package grid

            import "testing"

            func TestHeldOut(t *testing.T) {
            \tg := New(2, 3)
            \tg.Set(1, 2, 7)
            \tg.Set(0, 1, -4)
            \tif g.At(1, 2) != 7 || g.Sum() != 3 || len(g.Cells) != 6 {
            \t\tt.Error("grid")
            \t}
            \tif Render(g.Transpose()) != "0,-4,0\\n0,0,7" || Render(New(1, 1)) != "0" {
            \t\tt.Error("text")
            \t}
            }

            """
        ],
        heldOutCommand: "go test -run TestHeldOut ./...", tool: "go")

    private static func among(_ steps: RegressionCase.Step...) -> [RegressionCase.Step] {
        [.change([.write("NEWS.md", "# News\n")])] + steps
            + [.change([.write("docs/use.md", "New, Set.\n")])]
    }

    static let all: [RegressionCase] = [
        RegressionCase(
            name: "rows and columns mixed up", project: project,
            steps: among(
                .culprit([
                    .replace(
                        "grid.go", "return g.Cells[y*g.Width+x]", "return g.Cells[x*g.Width+y]"),
                    .replace(
                        "text.go", "// Separator stands between",
                        "// Separator stands in a row between"),
                ])),
            causes: [.init(path: "grid.go", line: "x*g.Width+y")],
            keeps: [("text.go", "in a row between")], findsGood: true),
        RegressionCase(
            name: "a package that no longer builds", project: project,
            steps: among(
                .culprit([
                    .replace("text.go", "\t\"fmt\"\n", "\t\"fmt\"\n\t\"os\"\n"),
                    .replace(
                        "grid.go", "// New makes one of zeros.", "// New makes a grid of zeros."),
                ])),
            causes: [.init(path: "text.go", line: "+\t\"os\"")],
            keeps: [("grid.go", "a grid of zeros")]),
        RegressionCase(
            name: "a constant", project: project,
            steps: among(
                .culprit([
                    .replace("text.go", "const Separator = \",\"", "const Separator = \";\""),
                    .replace(
                        "grid.go", "// Sum is that of all numbers.", "// Sum adds all numbers."),
                ])),
            causes: [.init(path: "text.go", line: "+const Separator")],
            keeps: [("grid.go", "adds all")]),
        RegressionCase(
            name: "two hunks that need each other", project: project,
            steps: among(
                .culprit([
                    .replace(
                        "text.go", "func row(g *Grid, y int) string {",
                        "func row(y int, g *Grid) string {"),
                    .replace("text.go", "row(g, y))", "row(0*y, g))"),
                    .replace("README.md", "# Grid", "# Grids"),
                ])),
            causes: [.init(path: "text.go", line: "row(0*y, g)")],
            keeps: [("README.md", "Grids")]),
        RegressionCase(
            name: "inside a merged branch", project: project,
            steps: [
                .branch("feature"),
                .culprit([
                    .replace(
                        "grid.go", "other := New(g.Height, g.Width)",
                        "other := New(g.Width, g.Height)"),
                    .write("doc.go", "// Package grid has grids.\npackage grid\n"),
                ]),
                .change([.write("f.txt", "1\n")]), .main, .change([.write("m.txt", "1\n")]),
                .merge("feature"), .change([.write("m.txt", "2\n")]),
            ],
            causes: [.init(path: "grid.go", line: "New(g.Width, g.Height)")],
            keeps: [("doc.go", "has grids")]),
        RegressionCase(
            name: "a merge of two sound branches", project: project,
            steps: [
                .branch("feature"),
                .change([
                    .write(
                        "size.go",
                        "package grid\n\n// Size is the number of cells.\nfunc Size(g *Grid) int {\n\treturn g.Width * g.Height\n}\n"
                    )
                ]),
                .main,
                .change([
                    .write(
                        "grid.go",
                        matrix.replacing("Width:", with: "Columns:").replacing(
                            "g.Width", with: "g.Columns"
                        ).replacing(
                            "\tWidth  int\n\tHeight int\n\tCells  []int",
                            with: "\tColumns int\n\tHeight  int\n\tCells   []int")),
                    .write("text.go", text.replacing("g.Width", with: "g.Columns")),
                ]),
                .culpritMerge("feature"),
            ],
            causes: [.init(path: "size.go")],
            ending: .repaired(["partial-revert", "revert", "rename"])),
        RegressionCase(
            name: "a rename that missed a call", project: project,
            steps: among(
                .culprit([
                    .replace("grid.go", "// Set changes", "// Put changes"),
                    .replace("grid.go", "func (g *Grid) Set(x", "func (g *Grid) Put(x"),
                ])),
            causes: [.init(path: "grid.go", line: "Put(x")],
            ending: .repaired(["rename"]),
            keeps: [("grid.go", "other.Put(y, x"), ("grid.go", "Put(x, y, value int)")],
            heldOut: [
                "held_out_test.go":
                    "package grid\n\nimport \"testing\"\n\nfunc TestHeldOut(t *testing.T) {\n\tg := New(2, 2)\n\tg.Put(1, 0, 5)\n\tif Render(g.Transpose()) != \"0,0\\n5,0\" {\n\t\tt.Error(g)\n\t}\n}\n"
            ]),
        RegressionCase(
            name: "failures that were there before",
            project: {
                var changed = Self.project
                changed.files["old_test.go"] =
                    "package grid\n\nimport \"testing\"\n\nfunc TestOld(t *testing.T) {\n\tt.Error(\"always\")\n}\n"
                return changed
            }(),
            steps: among(
                .culprit([
                    .replace("grid.go", "sum := 0", "sum := 1"),
                    .replace("text.go", "// Render writes", "// Render prints"),
                ])),
            causes: [.init(path: "grid.go", line: "sum := 1")], keeps: [("text.go", "prints")]),
        RegressionCase(
            name: "a file that was deleted", project: project,
            steps: among(.culprit([.delete("text.go"), .write("docs/plan.md", "Less.\n")])),
            causes: [.init(path: "text.go")], keeps: [("docs/plan.md", "Less")]),
    ]
}
