"""Does a random, repeatable sequence of file operations in the current directory.

Run in an overlay and in a plain copy with the same seed: each choice depends on the seed and on
what lies in the directory, in sorted order, so both sides do the same.
"""
import os
import random
import shutil
import sys

seed, count, moves_by_copy = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "copy"
random = random.Random(seed)
DIRECTORIES = ["a", "b", "a/x", "b/y", "deep/er", "build", "n", "n/m", "Größe", "A"]
NAMES = ["f", "g.txt", "h.log", "K", "k", "ü", "-dash", "sp ace", "t\tab", 'q"uote', "back\\slash",
         "new\nline", b"\xff\xfe".decode("utf-8", "surrogateescape"), "x*y", "[z]"]
CONTENTS = [b"", b"one\n", b"one\ntwo\n", b"no newline", b"dos\r\nline\r\n", b"\0binary\n\xff",
            b"line\n" * 40, b"line\n" * 40 + b"end\n", bytes(range(256)) * 8, b"$Id$ $Id: x $\n"]
# Links are written through: none may lead to a file that is there on the host.
TARGETS = ["f", "../outside", "/nowhere/passwd", "a"]
IGNORES = [b"*.log\n", b"build/\n/n\n", b"a/**/f\n", b"*\n!*.txt\n!.git*\n!*/\n", b"k\n\\!x\nsp ace\n",
           b"x[*]y\r\n# comment\n[[:upper:]]\n"]
ATTRIBUTES = [b"*.txt text\n", b"* text=auto\n", b"*.txt eol=crlf\n", b"* ident\n", b"a/** -text\n"]


def existing(kind):
    found = []
    for root, directories, files in os.walk("."):
        directories[:] = sorted(d for d in directories if d != ".git")
        links = [d for d in directories if os.path.islink(os.path.join(root, d))]
        if kind == "directory":
            found += [os.path.join(root, d) for d in directories if d not in links]
        else:
            found += [os.path.join(root, f) for f in sorted(files + links) if f != "fifo"]
    return sorted(found)


def some_path():
    return os.path.join(random.choice(["."] + DIRECTORIES), random.choice(NAMES))


def write(path, content):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    if os.path.exists(path) and not os.path.isfile(path):
        raise OSError("opening a FIFO would wait for a reader")
    with open(path, "wb") as file:
        file.write(content)


def remove(path):
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    else:
        os.unlink(path)


def move(source, target):
    os.makedirs(os.path.dirname(target) or ".", exist_ok=True)
    if moves_by_copy and os.path.isdir(source) and not os.path.islink(source):
        if (os.path.realpath(target) + "/").startswith(os.path.realpath(source) + "/"):
            raise OSError("a directory cannot move into itself")
        # Without redirects a directory of a lower layer cannot be renamed: tools copy it.
        shutil.copytree(source, target, symlinks=True)
        shutil.rmtree(source)
    else:
        os.rename(source, target)
        if not os.path.isdir(target):
            show_to_git(target)


def show_to_git(path):
    """git compares times by the second: what changes a file's ctime alone it sees in the next one only."""
    os.utime(path, follow_symlinks=False)


def one_operation():
    kind = random.choice(
        ["write"] * 5 + ["append"] * 2 + ["remove"] * 3 + ["remove-directory"] * 2
        + ["move"] * 3 + ["move-directory"] * 4 + ["link", "hard-link", "chmod", "chmod", "touch",
        "replace-by-directory", "replace-by-file", "fifo", "ignore", "attributes", "rewrite",
        "recreate-directory", "replace-by-link", "replace-link"])
    files, directories = existing("file"), existing("directory")
    file = random.choice(files) if files else None
    directory = random.choice(directories) if directories else None
    target, content = some_path(), random.choice(CONTENTS)
    if kind == "write":
        write(target, content)
    elif kind == "append":
        # Opening alone changes no time, and git looks at no file whose time is the same.
        with open(file, "ab") as opened:
            opened.write(content or b"+")
    elif kind == "remove":
        remove(file)
    elif kind == "remove-directory":
        remove(directory)
    elif kind == "move":
        move(file, target)
    elif kind == "move-directory":
        move(directory, random.choice(DIRECTORIES + [target]))
    elif kind == "link":
        os.symlink(random.choice(TARGETS), target)
    elif kind == "hard-link":
        os.link(file, target, follow_symlinks=False)
        show_to_git(file)
    elif kind == "chmod":
        os.chmod(file, random.choice([0o644, 0o755, 0o600, 0o4755, 0o444]))
        os.utime(file)
    elif kind == "touch":
        show_to_git(file)
    elif kind == "replace-by-directory":
        remove(file)
        write(os.path.join(file, random.choice(NAMES)), content)
    elif kind == "replace-by-file":
        remove(directory)
        write(directory, content)
    elif kind == "fifo":
        os.mkfifo(os.path.join(directory or ".", "fifo"))
    elif kind == "ignore":
        write(os.path.join(random.choice([".", directory or "."]), ".gitignore"),
              random.choice(IGNORES))
    elif kind == "attributes":
        write(os.path.join(random.choice([".", directory or "."]), ".gitattributes"),
              random.choice(ATTRIBUTES))
    elif kind == "rewrite":
        with open(file, "rb") as opened:
            same = opened.read()
        if os.path.isfile(file) and not os.path.islink(file):
            os.unlink(file)
            write(file, same)
    elif kind == "replace-by-link":
        os.unlink(file)
        os.symlink(random.choice(TARGETS), file)
    elif kind == "replace-link" and os.path.islink(file):
        os.unlink(file)
        write(file, content)
    elif kind == "recreate-directory":
        remove(directory)
        write(os.path.join(directory, "f"), content)


for _ in range(count):
    try:
        one_operation()
    except (OSError, TypeError, shutil.Error):
        pass  # Impossible here, and so on the other side.
