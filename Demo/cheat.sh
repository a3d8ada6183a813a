#!/bin/sh
# An agent that cheats: it deletes the failing tests and says that all is well.
rm -f tests/test_format.py
echo "Fixed: all tests pass now."
