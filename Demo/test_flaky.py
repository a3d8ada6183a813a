"""Fails in about half of the processes: string hashes are seeded anew in each."""

import sqlparse


def test_keywords_have_a_first():
    words = {token.value for token in sqlparse.parse("select a, b from c")[0].flatten()}
    assert hash("".join(sorted(words))) % 2 == 0
