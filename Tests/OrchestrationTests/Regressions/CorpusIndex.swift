import Foundation
import TestSupport

/// A package index on the host's loopback (PEP 503, files and all): what drifts is fetched from
/// it by real installers.
final class CorpusIndex {
    private let server: TestServer

    /// `pricelib` breaks in 1.2, `sumlib` asks for it; `leftlib` and `rightlib` 2.0 break together.
    private static let maker = """
        import pathlib, sys, zipfile
        root = pathlib.Path(sys.argv[1])
        good, bad = "def double(n):\\n    return 2 * n\\n", "def twice(n):\\n    return 2 * n\\n"
        releases = [("pricelib", v, good if v < "1.2" else bad, "") for v in ("1.0", "1.1", "1.2", "1.3", "1.4")]
        releases += [("taxlib", v, "def zero():\\n    return 0\\n", "") for v in ("1.0", "1.1", "2.0")]
        releases += [("sumlib", v, "from pricelib import double\\n", "pricelib>=1.0") for v in ("1.0", "1.1")]
        releases += [(n, v, f"value = {v[0]}\\n", "") for n in ("leftlib", "rightlib") for v in ("1.0", "2.0")]
        for name, version, code, needs in releases:
            folder = root / "simple" / name
            folder.mkdir(parents=True, exist_ok=True)
            info = f"{name}-{version}.dist-info"
            with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
                wheel.writestr(f"{name}.py", code)
                wheel.writestr(f"{info}/METADATA",
                               f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n"
                               + (f"Requires-Dist: {needs}\\n" if needs else ""))
                wheel.writestr(f"{info}/WHEEL",
                               "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
                wheel.writestr(f"{info}/RECORD", "")
        for folder in (root / "simple").iterdir():
            links = "".join(f'<a href="{file.name}">{file.name}</a>' for file in sorted(folder.glob("*.whl")))
            (folder / "index.html").write_text(f"<!DOCTYPE html><html><body>{links}</body></html>")

        """

    init() throws {
        server = try TestServer()
        _ = try GitCommandLine.output(of: [
            "python3", "-c", Self.maker, server.folder + "/files",
        ])
    }

    deinit { server.stop() }

    var environment: [String: String] {
        [
            "PIP_INDEX_URL": "http://127.0.0.1:\(server.port)/files/simple/",
            "PIP_CONFIG_FILE": "/dev/null", "PIP_FIND_LINKS": "",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_ROOT_USER_ACTION": "ignore", "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1",
        ]
    }
}
