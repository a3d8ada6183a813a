import Foundation
import RunModel
import TestSupport
import Testing

/// What passes outside passes inside, with the default profile: compilers, interpreters, version
/// control, package managers, terminals. Each job says the same in both places, or fails.
@Suite struct OrdinaryWorkTests {
    struct Job: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// A shell script; its last line of output is compared.
        var script: String
        /// Compiling takes long: what Drydock itself is built with was shown to work outside.
        var runsOutside = true
    }

    private static let jobs: [Job] = [
        Job(
            testDescription: "gcc and make -j4",
            script: #"""
                for i in 1 2 3 4 5 6; do
                  printf '#include <math.h>\nint f%s(int x) { return x * %s + (int)floor(0.5); }\n' $i $i > f$i.c
                done
                printf '#include <pthread.h>\n#include <stdio.h>\nint f6(int);\nstatic void *run(void *x) { *(int *)x = f6(7); return 0; }\nint main(void) { pthread_t t; int x = 0; pthread_create(&t, 0, run, &x); pthread_join(t, 0); printf("%%d\\n", x); }\n' > main.c
                printf 'OBJECTS = main.o f1.o f2.o f3.o f4.o f5.o f6.o\nprogram: $(OBJECTS)\n\t$(CC) -pthread -o $@ $(OBJECTS) -lm\n' > Makefile
                make -s -j4 && ./program
                """#),
        Job(
            testDescription: "git",
            script: #"""
                export GIT_AUTHOR_DATE=2026-01-01T00:00:00Z GIT_COMMITTER_DATE=2026-01-01T00:00:00Z
                export GIT_CONFIG_GLOBAL=/dev/null
                git init -q -b main repository && cd repository
                git config user.name Tester && git config user.email tester@example.org
                echo one > file && git add . && git commit -qm one
                git switch -qc side && echo two >> file && git commit -qam two
                git switch -q main && echo other > other && git add . && git commit -qm other
                git merge -q --no-edit side && git stash list && git gc -q && git fsck --no-progress
                git clone -q . ../copy && cd ../copy && git worktree add -q ../tree && cd ../tree
                git status --short && git rev-parse HEAD
                """#),
        Job(
            testDescription: "python: multiprocessing, asyncio, subprocess, sqlite",
            script: #"""
                cat > work.py <<'PYTHON'
                import asyncio, multiprocessing, multiprocessing.shared_memory as shared, os, signal, sqlite3
                import concurrent.futures, subprocess, sys, tempfile, threading

                def square(x):
                    return x * x

                async def serve(reader, writer):
                    writer.write((await reader.readline()).upper())
                    await writer.drain()
                    writer.close()

                async def talk():
                    answers = []
                    tcp = await asyncio.start_server(serve, "127.0.0.1", 0)
                    port = tcp.sockets[0].getsockname()[1]
                    path = os.path.join(tempfile.mkdtemp(), "socket")
                    unix = await asyncio.start_unix_server(serve, path)
                    for connect in (lambda: asyncio.open_connection("localhost", port),
                                    lambda: asyncio.open_unix_connection(path)):
                        reader, writer = await connect()
                        writer.write(b"hello\n")
                        answers.append((await reader.readline()).decode().strip())
                        writer.close()
                    child = await asyncio.create_subprocess_exec(
                        sys.executable, "-c", "print('child')", stdout=asyncio.subprocess.PIPE)
                    answers.append((await child.communicate())[0].decode().strip())
                    return answers

                if __name__ == "__main__":
                    said = []
                    for method in ("fork", "spawn", "forkserver"):
                        with multiprocessing.get_context(method).Pool(2) as pool:
                            said.append(sum(pool.map(square, range(10))))
                    queue = multiprocessing.Queue()
                    process = multiprocessing.Process(target=queue.put, args=("queued",))
                    process.start(); said.append(queue.get(timeout=30)); process.join()
                    block = shared.SharedMemory(create=True, size=64); block.buf[0] = 7
                    other = shared.SharedMemory(block.name); said.append(other.buf[0])
                    other.close(); block.close(); block.unlink()
                    said += asyncio.run(talk())
                    with concurrent.futures.ProcessPoolExecutor(2) as pool:
                        said.append(list(pool.map(square, [2, 3])))
                    base = sqlite3.connect("base.db")
                    base.execute("pragma journal_mode=wal"); base.execute("create table t(x)")
                    base.executemany("insert into t values (?)", [(1,), (2,)]); base.commit()
                    said.append(base.execute("select sum(x) from t").fetchone()[0])
                    caught = []
                    signal.signal(signal.SIGALRM, lambda *_: caught.append("alarm"))
                    signal.setitimer(signal.ITIMER_REAL, 0.01); signal.pause(); said += caught
                    print(said)
                PYTHON
                python3 work.py
                """#),
        Job(
            testDescription: "python: venv, pip from a local folder",
            script: #"""
                cat > wheel.py <<'PYTHON'
                import os, zipfile
                os.mkdir("wheels")
                with zipfile.ZipFile("wheels/tidewater-1.2-py3-none-any.whl", "w") as wheel:
                    wheel.writestr("tidewater.py", "def height():\n    return 42\n")
                    wheel.writestr("tidewater-1.2.dist-info/METADATA", "Metadata-Version: 2.1\nName: tidewater\nVersion: 1.2\n")
                    wheel.writestr("tidewater-1.2.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
                    wheel.writestr("tidewater-1.2.dist-info/RECORD", "")
                PYTHON
                python3 wheel.py && python3 -m venv environment
                environment/bin/pip install -q --disable-pip-version-check --no-index --find-links wheels tidewater
                environment/bin/python -c 'import tidewater, sys; print(tidewater.height(), sys.prefix != sys.base_prefix)'
                """#),
        Job(
            testDescription: "node: http, fetch, workers, children",
            script: #"""
                cat > work.mjs <<'NODE'
                import { createServer } from 'node:http'
                import { Worker } from 'node:worker_threads'
                import { execFileSync } from 'node:child_process'
                import { watch, writeFileSync, mkdtempSync } from 'node:fs'
                const said = []
                const server = createServer((_, answer) => answer.end('served'))
                await new Promise(done => server.listen(0, '127.0.0.1', done))
                said.push(await (await fetch(`http://localhost:${server.address().port}/`)).text())
                server.close()
                const worker = new Worker('require("worker_threads").parentPort.postMessage(6 * 7)', { eval: true })
                said.push(await new Promise(done => worker.once('message', done)))
                said.push(execFileSync(process.execPath, ['-p', '1 + 1']).toString().trim())
                const folder = mkdtempSync('./watched-')
                const seen = new Promise(done => { const w = watch(folder, (_, name) => { w.close(); done(name) }) })
                writeFileSync(folder + '/new', 'x')
                said.push(await seen)
                console.log(said.join(' '))
                NODE
                node work.mjs
                """#),
        Job(
            testDescription: "java 17",
            script: #"""
                cat > Work.java <<'JAVA'
                import java.net.*; import java.nio.file.*; import java.util.*; import java.util.stream.*;
                public class Work {
                    public static void main(String[] words) throws Exception {
                        int sum = IntStream.range(0, 1000).parallel().sum();
                        try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                            var thread = new Thread(() -> { try (var s = server.accept()) { s.getOutputStream().write(65); } catch (Exception e) { throw new RuntimeException(e); } });
                            thread.start();
                            try (var client = new Socket(server.getInetAddress(), server.getLocalPort())) { sum += client.getInputStream().read(); }
                            thread.join();
                        }
                        var child = new ProcessBuilder("echo", "child").start();
                        String said = new String(child.getInputStream().readAllBytes()).trim();
                        Path file = Files.createTempFile("work", ".txt"); Files.writeString(file, said);
                        System.out.println(sum + " " + Files.readString(file));
                    }
                }
                JAVA
                java Work.java
                """#),
        Job(
            testDescription: "go",
            script: #"""
                export GOCACHE=$PWD/cache GOPATH=$PWD/go GOFLAGS=-mod=mod GO111MODULE=on CGO_ENABLED=0
                mkdir work && cd work && printf 'module example.org/work\n\ngo 1.19\n' > go.mod
                printf 'package work\n\nfunc Twice(x int) int { return 2 * x }\n' > work.go
                printf 'package work\n\nimport "testing"\n\nfunc TestTwice(t *testing.T) {\n\tdone := make(chan int)\n\tgo func() { done <- Twice(21) }()\n\tif <-done != 42 {\n\t\tt.Fatal("wrong")\n\t}\n}\n' > work_test.go
                go vet ./... >/dev/null 2>&1; go test ./... > ../log 2>&1 || { cat ../log; exit 1; }
                cut -f1,2 ../log
                """#, runsOutside: false),
        Job(
            testDescription: "cargo",
            script: #"""
                mkdir -p work/src && cd work
                printf '[package]\nname = "work"\nversion = "0.1.0"\nedition = "2021"\n' > Cargo.toml
                printf 'pub fn twice(x: u32) -> u32 { 2 * x }\n\n#[test]\nfn doubles() {\n    let t = std::thread::spawn(|| twice(21));\n    assert_eq!(t.join().unwrap(), 42);\n}\n' > src/lib.rs
                cargo test --offline -q > log 2>&1 || { cat log; exit 1; }
                grep -c 'test result: ok. 1 passed' log
                """#, runsOutside: false),
        Job(
            testDescription: "swift build",
            script: #"""
                mkdir -p work/Sources/Work work/Sources/work-program && cd work
                printf '// swift-tools-version: 5.9\nimport PackageDescription\nlet package = Package(name: "Work", targets: [.target(name: "Work"), .executableTarget(name: "work-program", dependencies: ["Work"])])\n' > Package.swift
                printf 'public func twice(_ x: Int) -> Int { 2 * x }\n' > Sources/Work/Work.swift
                printf 'import Work\n\nprint(twice(21))\n' > Sources/work-program/main.swift
                swift build > log 2>&1 || { cat log; exit 1; }
                .build/debug/work-program
                """#, runsOutside: false),
        Job(
            testDescription: "a program on a terminal of its own",
            script: #"""
                cat > terminal.py <<'PYTHON'
                import os, pty
                status = pty.spawn(["/bin/sh", "-c", "test -t 0 && stty size > /dev/null && echo on a terminal"])
                print("status", os.waitstatus_to_exitcode(status))
                PYTHON
                python3 terminal.py < /dev/null > said && tr -d '\r' < said | grep -c -e 'on a terminal' -e 'status 0'
                """#),
    ]

    @Test(arguments: jobs) func passesInside(job: Job) throws {
        let inside = try Drydock.script("set -e\n" + job.script, seconds: 300)
        #expect(inside.status == 0, "\(inside.output)\n\(inside.errors)")
        #expect(inside.report?.denials == [], "ordinary work is refused nothing that is reported")
        guard job.runsOutside else {
            #expect(!inside.output.isEmpty)
            return
        }
        try withTemporaryDirectory { directory in
            let outside = try HostProcess.run(
                ["/bin/sh", "-c", "set -e\ncd \(directory)\nexport HOME=$PWD\n" + job.script],
                directory: directory, seconds: 300)
            #expect(outside.status == 0, "outside: \(outside.output)\n\(outside.errors)")
            #expect(Self.lastLine(inside.output) == Self.lastLine(outside.output))
            #expect(!inside.output.isEmpty)
        }
    }

    private static func lastLine(_ text: String) -> Substring? { text.split(separator: "\n").last }

    /// `--tty`: the caller's side is a pipe here, the command's is a terminal.
    @Test func aTerminalProgramRuns() throws {
        let run = try Drydock.script(
            "test -t 0 && test -t 1 && test -t 2 && stty size && tput cols && echo done",
            options: ["--tty"])
        #expect(run.status == 0, "\(run.output) \(run.errors)")
        #expect(run.output.contains("done"))
    }
}
