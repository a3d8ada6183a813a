import RunModel

/// Regressions of a Python package, tested by pytest.
enum PythonRegressions {
    private static let pricing = """
        \"\"\"Prices in cents.\"\"\"

        RATES = {"basic": 19, "reduced": 7}


        def net(amount, percent):
            \"\"\"The amount less a discount in percent.

            Fractions are rounded in favour of the customer.
            \"\"\"
            if percent < 0 or percent > 100:
                raise ValueError(f"no discount of {percent} percent")
            return amount - (amount * percent + 99) // 100


        def tax(amount, kind="basic"):
            \"\"\"What the state gets.

            Of goods that are taxed less `kind` says so.
            \"\"\"
            rate = RATES[kind]
            return (amount * rate + 50) // 100


        def gross(amount, kind="basic"):
            \"\"\"The amount with its tax.\"\"\"
            return amount + tax(amount, kind)


        def describe(amount):
            \"\"\"For people.

            Cents always have two digits.
            \"\"\"
            euros, cents = divmod(amount, 100)
            return f"{euros}.{cents:02d} EUR"

        """
    private static let cart = """
        \"\"\"What somebody is going to buy.\"\"\"

        from shop.pricing import gross, net


        class Cart:
            \"\"\"Articles with their prices, in the order in which they came.\"\"\"

            def __init__(self, discount=0):
                self.discount = discount
                self.items = []

            def add(self, name, amount, kind="basic"):
                \"\"\"One more article; the same one may come twice.\"\"\"
                if amount < 0:
                    raise ValueError("a price is not negative")
                self.items.append((name, amount, kind))
                return self

            def remove(self, name):
                \"\"\"The article that came last under this name.\"\"\"
                for index in reversed(range(len(self.items))):
                    if self.items[index][0] == name:
                        del self.items[index]
                        return
                raise KeyError(name)

            def count(self):
                \"\"\"How many articles there are.\"\"\"
                return len(self.items)

            def total(self):
                \"\"\"With discount and tax.\"\"\"
                return sum(
                    gross(net(amount, self.discount), kind) for _, amount, kind in self.items
                )

        """
    private static let text = """
        \"\"\"Names for people and for addresses.\"\"\"

        import re


        def slug(title):
            \"\"\"A title as a part of an address.

            Only letters, digits and single hyphens are left.
            \"\"\"
            words = re.findall(r"[a-z0-9]+", title.lower())
            return "-".join(words)


        def initials(name):
            \"\"\"The first letters of a name's parts, each with a full stop.\"\"\"
            return "".join(part[0].upper() + "." for part in name.split())


        def shorten(text, length):
            \"\"\"The text, cut at a word's end where it is too long.

            The dots count.
            \"\"\"
            if len(text) <= length:
                return text
            cut = text[: length - 2].rsplit(" ", 1)[0]
            return cut + ".."

        """
    private static let receipt = """
        \"\"\"Receipts.\"\"\"

        from shop.pricing import describe
        from shop.text import shorten


        def lines(cart):
            \"\"\"One line an article.\"\"\"
            return [f"{shorten(name, 12)}: {describe(amount)}" for name, amount, _ in cart.items]


        def receipt(cart):
            \"\"\"All lines, and the total under them.\"\"\"
            return "\\n".join(lines(cart) + [f"total: {describe(cart.total())}"])

        """
    private static let tests = [
        "tests/test_pricing.py": """
        import pytest

        from shop.pricing import describe, gross, net, tax


        def test_net():
            assert net(1000, 10) == 900


        def test_net_refuses():
            with pytest.raises(ValueError):
                net(1000, 101)


        @pytest.mark.parametrize("kind, expected", [("basic", 190), ("reduced", 70)])
        def test_tax(kind, expected):
            assert tax(1000, kind) == expected


        def test_gross():
            assert gross(100) == 119


        def test_describe():
            assert describe(1205) == "12.05 EUR"

        """,
        "tests/test_cart.py": """
        import pytest

        from shop.cart import Cart


        def test_total():
            assert Cart().add("tea", 100).add("milk", 200, "reduced").total() == 333


        def test_discount():
            assert Cart(discount=50).add("tea", 200).total() == 119


        def test_remove():
            cart = Cart().add("tea", 100).add("milk", 200)
            cart.remove("tea")
            assert cart.count() == 1


        def test_remove_unknown():
            with pytest.raises(KeyError):
                Cart().remove("tea")

        """,
        "tests/test_text.py": """
        from shop.text import initials, shorten, slug


        def test_slug():
            assert slug("Tea, and Milk!") == "tea-and-milk"


        def test_initials():
            assert initials("ada lovelace") == "A.L."


        def test_shorten():
            assert shorten("green tea with milk", 12) == "green tea.."

        """,
        "tests/test_receipt.py": """
        from shop.cart import Cart
        from shop.receipt import receipt


        def test_receipt():
            text = receipt(Cart().add("tea", 100))
            assert text == "tea: 1.00 EUR\\ntotal: 1.19 EUR"

        """,
    ]

    static let project = CorpusProject(
        language: "Python",
        files: [
            "conftest.py": "", "shop/__init__.py": "", "shop/pricing.py": pricing,
            "shop/cart.py": cart, "shop/text.py": text, "shop/receipt.py": receipt,
            "README.md": "# Shop\n",
        ].merging(tests) { $1 },
        heldOut: [
            "held_out/test_held_out.py": """
            import pytest

            from shop.cart import Cart
            from shop.pricing import describe, gross, net, tax
            from shop.receipt import lines
            from shop.text import initials, shorten, slug


            @pytest.mark.parametrize("amount, percent, left", [(999, 0, 999), (999, 1, 989), (0, 50, 0), (7, 100, 0)])
            def test_net(amount, percent, left):
                assert net(amount, percent) == left


            def test_taxes():
                assert [tax(n) for n in (0, 1, 3, 50)] == [0, 0, 1, 10]
                assert gross(50, "reduced") == 54


            def test_cart():
                cart = Cart(10).add("a", 10).add("b", 20).add("a", 30)
                cart.remove("a")
                assert [item[0] for item in cart.items] == ["a", "b"]
                assert Cart().items == []
                with pytest.raises(ValueError):
                    cart.add("c", -1)


            def test_texts():
                assert slug("  A--b  9 ") == "a-b-9" and initials("x y z") == "X.Y.Z."
                assert shorten("abc", 3) == "abc"
                assert describe(7) == "0.07 EUR"
                assert lines(Cart().add("peppermint tea", 250)) == ["peppermint..: 2.50 EUR"]

            """
        ],
        heldOutCommand: "python3 -m pytest -q -p no:cacheprovider held_out", tool: "python3")

    private static let noise: [RegressionCase.Step] = [
        .change([.write("CHANGES.md", "# Changes\n")]),
        .change([.write("docs/prices.md", "Prices are in cents.\n")]),
    ]

    /// Commits before and after the culprit, which have nothing to do with it.
    private static func among(_ steps: RegressionCase.Step...) -> [RegressionCase.Step] {
        noise + steps + [.change([.write("docs/texts.md", "Titles become slugs.\n")])]
    }

    static let all: [RegressionCase] = [
        RegressionCase(
            name: "a wrong sign beside a sound change", project: project,
            steps: among(
                .culprit([
                    .replace("shop/pricing.py", "amount - (amount", "amount + (amount"),
                    .replace("shop/pricing.py", "\"reduced\": 7}", "\"reduced\": 7, \"none\": 0}"),
                    .replace("shop/text.py", "import re\n", "import re\nimport string\n"),
                ])),
            causes: [.init(path: "shop/pricing.py", line: "+    return amount + (amount")],
            keeps: [("shop/pricing.py", "\"none\": 0"), ("shop/text.py", "import string")],
            findsGood: true),
        RegressionCase(
            name: "a wrong sign in one hunk with a new function", project: project,
            steps: among(
                .culprit([
                    .replace("shop/pricing.py", "amount - (amount", "amount + (amount"),
                    .replace(
                        "shop/pricing.py", "def tax(",
                        "def surcharge(amount):\n    \"\"\"Of small orders.\"\"\"\n    return 500 if amount < 2000 else 0\n\n\ndef tax("
                    ),
                ])),
            causes: [.init(path: "shop/pricing.py", line: "+    return amount + (amount")],
            keeps: [("shop/pricing.py", "def surcharge(amount):")],
            heldOut: [
                "held_out/test_surcharge.py":
                    "from shop.pricing import surcharge\n\n\ndef test_surcharge():\n    assert [surcharge(1), surcharge(2000)] == [500, 0]\n"
            ], findsGood: true),
        RegressionCase(
            name: "two hunks that need each other", project: project,
            steps: among(
                .culprit([
                    .replace(
                        "shop/pricing.py", "return (amount * rate + 50) // 100",
                        "return (amount * rate + 50) // 100, rate"),
                    .replace(
                        "shop/pricing.py", "return amount + tax(amount, kind)",
                        "return amount + tax(amount, kind)[1]"),
                    .replace("README.md", "# Shop", "# The shop"),
                ])),
            causes: [
                .init(
                    path: "shop/pricing.py", line: "+    return (amount * rate + 50) // 100, rate")
            ], keeps: [("README.md", "The shop")]),
        RegressionCase(
            name: "hunks in two files", project: project,
            steps: among(
                .culprit([
                    .replace(
                        "shop/text.py", "def shorten(text, length):", "def shorten(length, text):"),
                    .replace("shop/receipt.py", "shorten(name, 12)", "shorten(12, name)[:4]"),
                ])),
            causes: [.init(path: "shop/text.py", line: "+def shorten(length, text):")],
            ending: .repaired(["partial-revert", "revert"])),
        RegressionCase(
            name: "a module that no longer imports", project: project,
            steps: among(
                .culprit([
                    .replace("shop/cart.py", "import gross, net", "import gross, net, rebate"),
                    .replace(
                        "shop/cart.py", "a price is not negative", "a price is never negative"),
                ])),
            causes: [
                .init(path: "shop/cart.py", line: "+from shop.pricing import gross, net, rebate")
            ],
            keeps: [("shop/cart.py", "never negative")]),
        RegressionCase(
            name: "a module that no longer parses", project: project,
            steps: among(
                .culprit([.replace("shop/text.py", "def initials(name):", "def initials(name:")])),
            causes: [.init(path: "shop/text.py", line: "+def initials(name:")],
            ending: .repaired(["partial-revert", "revert"]), findsGood: true),
        RegressionCase(
            name: "inside a merged branch", project: project,
            steps: noise + [
                .branch("feature"), .change([.write("feature.txt", "1\n")]),
                .culprit([
                    .replace(
                        "shop/cart.py", "return len(self.items)", "return len(set(self.items)) - 1"),
                    .write("shop/stock.py", "LEVEL = 3\n"),
                ]),
                .change([.write("feature.txt", "2\n")]), .main,
                .change([.write("main.txt", "1\n")]), .merge("feature"),
                .change([.write("main.txt", "2\n")]),
            ],
            causes: [.init(path: "shop/cart.py", line: "+        return len(set(self.items)) - 1")],
            keeps: [("shop/stock.py", "LEVEL")]),
        RegressionCase(
            name: "a merge of two sound branches", project: project,
            steps: [
                .branch("feature"),
                .change([
                    .replace("shop/cart.py", "import gross, net", "import net, tax"),
                    .replace(
                        "shop/cart.py",
                        "gross(net(amount, self.discount), kind) for _, amount, kind in self.items",
                        "left + tax(left, kind)\n            for _, amount, kind in self.items\n"
                            + "            for left in [net(amount, self.discount)]"),
                ]),
                .main,
                .change([
                    .replace("shop/pricing.py", "def tax(", "def tax_of("),
                    .replace("shop/pricing.py", "amount + tax(", "amount + tax_of("),
                    .replace("tests/test_pricing.py", "gross, net, tax", "gross, net, tax_of"),
                    .replace("tests/test_pricing.py", "assert tax(", "assert tax_of("),
                ]),
                .culpritMerge("feature"), .change([.write("after.txt", "1\n")]),
            ],
            causes: [.init(path: "shop/cart.py", line: "+from shop.pricing import net, tax")],
            ending: .repaired(["partial-revert", "revert", "rename"]),
            heldOut: [
                "held_out/test_held_out.py":
                    "from shop.cart import Cart\n\n\ndef test_it():\n    assert Cart(10).add(\"a\", 100).total() == 107\n"
            ]),
        RegressionCase(
            name: "failures that were there before",
            project: {
                var changed = Self.project
                changed.files["tests/test_old.py"] =
                    "from shop.text import slug\n\n\ndef test_umlaut():\n    assert slug(\"Tee für zwei\") == \"tee-fuer-zwei\"\n"
                return changed
            }(),
            steps: among(
                .culprit([
                    .replace("shop/text.py", "title.lower()", "title"),
                    .replace("shop/text.py", "The dots count.", "The two dots count."),
                ])),
            causes: [.init(path: "shop/text.py", line: "re.findall(r\"[a-z0-9]+\", title)")],
            keeps: [("shop/text.py", "The two dots count.")]),
        RegressionCase(
            name: "a rename that missed a call", project: project,
            steps: among(
                .culprit([
                    .replace(
                        "shop/pricing.py", "def describe(amount):", "def format_price(amount):"),
                    .replace(
                        "tests/test_pricing.py", "import describe, gross",
                        "import format_price, gross"),
                    .replace(
                        "tests/test_pricing.py", "assert describe(1205)",
                        "assert format_price(1205)"),
                ])),
            causes: [.init(path: "shop/pricing.py", line: "+def format_price(amount):")],
            ending: .repaired(["rename"]),
            keeps: [("shop/pricing.py", "def format_price"), ("shop/receipt.py", "format_price(")],
            heldOut: [
                "held_out/test_held_out.py": """
                from shop.cart import Cart
                from shop.pricing import format_price
                from shop.receipt import lines


                def test_both():
                    assert format_price(7) == "0.07 EUR"
                    assert lines(Cart().add("peppermint tea", 250)) == ["peppermint..: 2.50 EUR"]

                """
            ]),
        RegressionCase(
            name: "a file that was deleted", project: project,
            steps: among(
                .culprit([.delete("shop/text.py"), .write("docs/plan.md", "Less code.\n")])),
            causes: [.init(path: "shop/text.py")], keeps: [("docs/plan.md", "Less code.")]),
        RegressionCase(
            name: "the same lines changed again later", project: project,
            steps: among(
                .culprit([.replace("shop/pricing.py", "+ 50) // 100", "+ 500) // 100")]),
                .change([
                    .replace(
                        "shop/pricing.py", "return (amount * rate + 500) // 100",
                        "result = (amount * rate + 500) // 100\n    return result")
                ])),
            causes: [.init(path: "shop/pricing.py")],
            ending: .repaired(["partial-revert", "revert"]),
            heldOut: [
                "held_out/test_rounding.py":
                    "from shop.pricing import tax\n\n\ndef test_it():\n    assert tax(50) == 10\n"
            ]),
        RegressionCase(
            name: "two mistakes of one commit", project: project,
            steps: among(
                .culprit([
                    .replace("shop/text.py", "part[0].upper()", "part[0]"),
                    .replace("shop/pricing.py", "{cents:02d}", "{cents:2d}"),
                    .replace("README.md", "# Shop", "# Shop, second edition"),
                ])),
            causes: [
                .init(path: "shop/pricing.py", line: "{cents:2d}"),
                .init(path: "shop/text.py", line: "part[0] +"),
            ], keeps: [("README.md", "second edition")]),
        RegressionCase(
            name: "a test of the culprit's own must stay green", project: project,
            steps: among(
                .culprit([
                    .replace("shop/cart.py", "del self.items[index]", "del self.items[0]"),
                    .replace(
                        "shop/cart.py", "    def total(self):",
                        "    def names(self):\n        return [item[0] for item in self.items]\n\n    def total(self):"
                    ),
                    .replace(
                        "tests/test_cart.py", "    assert cart.count() == 1\n",
                        "    assert cart.count() == 1 and cart.items[0][0] == \"milk\"\n    cart.remove(\"milk\")\n    two = Cart().add(\"tea\", 1).add(\"milk\", 2)\n    two.remove(\"milk\")\n    assert two.items[0][0] == \"tea\"\n"
                    ),
                    .write(
                        "tests/test_names.py",
                        "from shop.cart import Cart\n\n\ndef test_names():\n    assert Cart().add(\"tea\", 1).names() == [\"tea\"]\n"
                    ),
                ])),
            causes: [.init(path: "shop/cart.py", line: "+                del self.items[0]")],
            keeps: [("shop/cart.py", "def names"), ("tests/test_names.py", "test_names")]),
        RegressionCase(
            name: "revisions between that do not run", project: project,
            steps: [
                .change([.replace("shop/text.py", "import re\n", "import re (\n")]),
                .change([.replace("shop/text.py", "import re (\n", "import re\n")]),
                .change([.write("a.txt", "a\n")]),
                .culprit([.replace("shop/text.py", "\"-\".join", "\"_\".join")]),
                .change([.write("b.txt", "b\n")]),
            ],
            causes: [.init(path: "shop/text.py", line: "+    return \"_\".join(words)")],
            ending: .repaired(["partial-revert", "revert"])),
        RegressionCase(
            name: "a culprit hidden by revisions that do not run", project: project,
            steps: [
                .change([.replace("shop/cart.py", "import gross, net", "import gross, net (")]),
                .culprit([
                    .replace("shop/text.py", "\"-\".join", "\"_\".join"),
                    .replace("shop/text.py", "import re\n", "import re (\n"),
                ]),
                .change([
                    .replace("shop/text.py", "import re (\n", "import re\n"),
                    .replace("shop/cart.py", "import gross, net (", "import gross, net"),
                ]),
            ],
            causes: [.init(path: "shop/text.py", line: "\"_\".join")],
            ending: .repaired(["partial-revert"]), isHidden: true),
        RegressionCase(
            name: "a data file",
            project: {
                var changed = Self.project
                changed.files["shop/rates.json"] = "{\n  \"basic\": 19,\n  \"reduced\": 7\n}\n"
                changed.files["shop/pricing.py"] = pricing.replacing(
                    "RATES = {\"basic\": 19, \"reduced\": 7}",
                    with:
                        "import json\nimport pathlib\n\nRATES = json.loads(pathlib.Path(__file__).with_name(\"rates.json\").read_text())"
                )
                return changed
            }(),
            steps: among(
                .culprit([
                    .replace("shop/rates.json", "\"reduced\": 7", "\"reduced\": 17"),
                    .replace("README.md", "# Shop", "# Shop with rates"),
                ])),
            causes: [.init(path: "shop/rates.json", line: "17")],
            ending: .repaired(["partial-revert", "environment"]),
            keeps: [("README.md", "with rates")]),
        RegressionCase(
            name: "a script that is no longer executable",
            project: {
                var changed = Self.project
                changed.files["tools/rate.sh"] = "#!/bin/sh\necho 19\n"
                changed.executables = ["tools/rate.sh"]
                changed.files["tests/test_tool.py"] =
                    "import subprocess\n\n\ndef test_rate():\n    assert subprocess.check_output([\"tools/rate.sh\"]) == b\"19\\n\"\n"
                return changed
            }(),
            steps: among(
                .culprit([
                    .executable("tools/rate.sh", false), .write("docs/tools.md", "rate.sh\n"),
                ])),
            causes: [.init(path: "tools/rate.sh")], keeps: [("docs/tools.md", "rate.sh")]),
        RegressionCase(
            name: "nothing but failures that were there before",
            project: {
                var changed = Self.project
                changed.files["tests/test_old.py"] = "def test_old():\n    assert 1 == 2\n"
                return changed
            }(),
            steps: among(.change([.write("x.txt", "x\n")])), triage: .preExisting,
            ending: .leftAlone),
        RegressionCase(
            name: "a migration, which is not to be reverted in part",
            project: {
                var changed = Self.project
                changed.files["shop/migrations/__init__.py"] = ""
                changed.files["shop/migrations/m1.py"] =
                    "COLUMNS = [\"name\", \"amount\"]\n\n\n\n\n\n\n\nVERSION = 1\n"
                changed.files["tests/test_schema.py"] =
                    "from shop.migrations.m1 import COLUMNS\n\n\ndef test_it():\n    assert COLUMNS[1] == \"amount\"\n"
                return changed
            }(),
            steps: among(
                .culprit([
                    .replace("shop/migrations/m1.py", "\"amount\"]", "\"cents\"]"),
                    .replace("shop/migrations/m1.py", "VERSION = 1", "VERSION = 2"),
                ])),
            causes: [.init(path: "shop/migrations/m1.py", line: "cents")],
            ending: .repaired(["revert"])),
    ]
}
