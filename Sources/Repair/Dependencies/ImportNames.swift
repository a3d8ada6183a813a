/// Which distribution carries an import whose name differs: curated, never guessed
/// (a guessed name is how slopsquatting works).
enum ImportNames {
    static let distributions: [String: String] = [
        "attr": "attrs", "bs4": "beautifulsoup4", "cv2": "opencv-python",
        "dateutil":
            "python-dateutil", "docx": "python-docx", "dotenv": "python-dotenv", "git": "gitpython",
        "google.protobuf": "protobuf", "jose": "python-jose", "jwt": "pyjwt",
        "magic":
            "python-magic", "mysqldb": "mysqlclient", "openssl": "pyopenssl", "pil": "pillow",
        "pkg_resources": "setuptools", "psycopg2": "psycopg2-binary", "serial": "pyserial",
        "skimage": "scikit-image", "sklearn": "scikit-learn", "slugify": "python-slugify",
        "usb": "pyusb", "yaml": "pyyaml", "zmq": "pyzmq",
    ]

    /// Names under which a manifest may list what provides `module`.
    static func candidates(for module: String) -> [String] {
        let root = module.split(separator: ".").first.map(String.init) ?? module
        return [
            distributions[module.lowercased()], distributions[root.lowercased()],
            ResolvedPackage.normalised(root),
        ].compactMap(\.self)
    }
}
