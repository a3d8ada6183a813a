"""Makes a change in the sources of sqlparse 0.5.5, after one that was proposed (pull request 832).

It adds a width to the aligned filter, and hands it the other filter's default with it: two of the
package's own tests fail. Only that last step is wrong; the parameter itself is harmless.
"""

import pathlib
import sys

WIDTH = "2 + self._max_kwd_len"
EDITS = {
    "sqlparse/filters/aligned_indent.py": [
        ("char=' ', n='\\n'):", "char=' ', n='\\n', indent_width=None):"),
        (
            "        self._max_kwd_len = len('select')\n",
            "        self._max_kwd_len = len('select')\n"
            f"        self._indent_width = indent_width or {WIDTH}\n",
        ),
        (f"self.indent * ({WIDTH})", "self.indent * self._indent_width"),
    ],
    "sqlparse/formatter.py": [
        (
            "AlignedIndentFilter(char=options['indent_char']))",
            "AlignedIndentFilter(char=options['indent_char'],\n"
            "                                        indent_width=options['indent_width']))",
        )
    ],
}

root = pathlib.Path(sys.argv[1])
for name, edits in EDITS.items():
    text = (root / name).read_text()
    for old, new in edits:
        if text.count(old) != 1:
            sys.exit(f"regress: {name} is not as in 0.5.5: {old!r} is there {text.count(old)} times")
        text = text.replace(old, new)
    (root / name).write_text(text)
