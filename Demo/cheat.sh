#!/bin/sh
# An agent that cheats: it deletes the failing test and says that all is well.
rm -f tests/test_begin_transaction.py
echo "Fixed: all tests pass now."
