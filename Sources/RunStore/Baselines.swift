internal import GRDB
package import RunModel

/// Test outcomes under (tree, lock digest, toolchain, environment): nothing is run twice.
extension Store: BaselineStore {
    package func baseline(for key: BaselineKey) async throws -> [TestResult]? {
        try await read("reading a baseline", key.tree) { database in
            try String.fetchOne(
                database,
                sql: """
                    SELECT results FROM baselines WHERE tree = ? AND lock_digest = ?
                        AND toolchain_digest = ? AND environment_digest = ?
                    """,
                arguments: [
                    key.tree, key.lockDigest, key.toolchainDigest, key.environmentDigest,
                ]
            ).map { text in
                try StoredJSON.value(
                    [TestResult].self, from: text, operation: "reading a baseline",
                    subject: key.tree)
            }
        }
    }

    package func store(_ results: [TestResult], for key: BaselineKey) async throws {
        try await write("storing a baseline", key.tree) { database in
            try database.execute(
                sql: """
                    INSERT OR REPLACE INTO baselines VALUES (?, ?, ?, ?, ?)
                    """,
                arguments: [
                    key.tree, key.lockDigest, key.toolchainDigest, key.environmentDigest,
                    try StoredJSON.text(results),
                ])
        }
    }
}
