internal import GRDB

/// The schema, as a list of migrations that is only ever added to.
enum Schema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("v1") { database in try database.execute(sql: version1) }
        migrator.registerMigration("service-keys") { database in
            try database.execute(sql: serviceKeys)
        }
        migrator.registerMigration("service-jobs") { database in
            try database.execute(sql: serviceJobs)
        }
        migrator.registerMigration("service-webhooks") { database in
            try database.execute(sql: serviceWebhooks)
        }
        migrator.registerMigration("runs-process-start") { database in
            try database.execute(sql: "ALTER TABLE runs ADD COLUMN process_start INTEGER")
        }
        return migrator
    }

    static func migrate(_ writer: some DatabaseWriter, path: String) throws {
        let migrator = Self.migrator
        if try writer.read(migrator.hasBeenSuperseded) {
            throw RunStoreError(
                .tooNew, operation: "opening the store", subject: path,
                reason: "a newer Drydock has changed its schema",
                remedy: "Use that version, or name another directory with --data")
        }
        try migrator.migrate(writer)
    }

    /// Times are RFC 3339 UTC text, which sorts as it should; a day is its first ten characters.
    private static let version1 = """
        CREATE TABLE events (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            subject TEXT NOT NULL, kind TEXT NOT NULL, time TEXT NOT NULL, payload TEXT NOT NULL
        ) STRICT;
        CREATE INDEX events_by_subject ON events(subject, sequence);
        CREATE TRIGGER events_keep BEFORE DELETE ON events
            BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END;
        CREATE TRIGGER events_stay BEFORE UPDATE ON events
            BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;

        CREATE TABLE incidents (
            id TEXT PRIMARY KEY, repository TEXT NOT NULL, signature TEXT NOT NULL,
            branch TEXT NOT NULL, title TEXT NOT NULL, status TEXT NOT NULL,
            opened_at TEXT NOT NULL, updated_at TEXT NOT NULL,
            holder TEXT, UNIQUE(repository, signature)
        ) STRICT;

        CREATE TABLE attempts (
            incident TEXT NOT NULL REFERENCES incidents(id), number INTEGER NOT NULL,
            repository TEXT NOT NULL, branch TEXT NOT NULL, day TEXT NOT NULL,
            document TEXT NOT NULL, PRIMARY KEY(incident, number)
        ) STRICT;
        CREATE INDEX attempts_by_day ON attempts(repository, day);

        CREATE TABLE breakers (
            repository TEXT NOT NULL, test TEXT NOT NULL, culprit TEXT NOT NULL,
            failures INTEGER NOT NULL, opened_at TEXT, PRIMARY KEY(repository, test)
        ) STRICT;
        CREATE TABLE breaker_verdicts (
            attempt TEXT NOT NULL, repository TEXT NOT NULL, test TEXT NOT NULL,
            PRIMARY KEY(attempt, repository, test)
        ) STRICT;

        CREATE TABLE budget (
            id TEXT PRIMARY KEY, incident TEXT NOT NULL, resource TEXT NOT NULL,
            reserved REAL NOT NULL, used REAL
        ) STRICT;
        CREATE INDEX budget_by_incident ON budget(incident, resource);

        CREATE TABLE pull_requests (
            incident TEXT PRIMARY KEY REFERENCES incidents(id), tree TEXT NOT NULL,
            branch TEXT NOT NULL, forge TEXT, head TEXT, url TEXT, state TEXT NOT NULL,
            reserved_at TEXT NOT NULL
        ) STRICT;
        CREATE TABLE tickets (
            incident TEXT PRIMARY KEY REFERENCES incidents(id), url TEXT NOT NULL,
            opened_at TEXT NOT NULL
        ) STRICT;

        CREATE TABLE approvals (
            id TEXT PRIMARY KEY, incident TEXT NOT NULL REFERENCES incidents(id),
            tree TEXT NOT NULL, reasons TEXT NOT NULL, requested_at TEXT NOT NULL,
            decision TEXT, decided_by TEXT, decided_at TEXT, UNIQUE(incident, tree)
        ) STRICT;

        CREATE TABLE baselines (
            tree TEXT NOT NULL, lock_digest TEXT NOT NULL, toolchain_digest TEXT NOT NULL,
            environment_digest TEXT NOT NULL, results TEXT NOT NULL,
            PRIMARY KEY(tree, lock_digest, toolchain_digest, environment_digest)
        ) STRICT;

        CREATE TABLE setup_layers (
            key TEXT PRIMARY KEY, path TEXT NOT NULL, trust_domain TEXT NOT NULL,
            bytes INTEGER NOT NULL, built_at TEXT NOT NULL, expires_at TEXT,
            last_used_at TEXT NOT NULL
        ) STRICT;

        CREATE TABLE runs (
            id TEXT PRIMARY KEY, kind TEXT NOT NULL, title TEXT NOT NULL, state TEXT NOT NULL,
            process INTEGER, started_at TEXT NOT NULL, ended_at TEXT, document TEXT
        ) STRICT;
        """

    private static let serviceKeys = """
        CREATE TABLE tenants (
            id TEXT PRIMARY KEY, quotas TEXT NOT NULL, created_at TEXT NOT NULL
        ) STRICT;
        CREATE TABLE service_keys (
            id TEXT PRIMARY KEY, tenant TEXT NOT NULL REFERENCES tenants(id), name TEXT NOT NULL,
            scopes TEXT NOT NULL, secret_digest TEXT NOT NULL, created_at TEXT NOT NULL,
            expires_at TEXT, revoked_at TEXT
        ) STRICT;
        """

    private static let serviceJobs = """
        CREATE TABLE jobs (
            id TEXT NOT NULL UNIQUE, tenant TEXT NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL,
            title TEXT NOT NULL, request TEXT NOT NULL, idempotency_key TEXT,
            request_digest TEXT NOT NULL, created_at TEXT NOT NULL, started_at TEXT, ended_at TEXT,
            document TEXT, error TEXT, attempts INTEGER NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX jobs_by_key ON jobs(tenant, idempotency_key)
            WHERE idempotency_key IS NOT NULL;
        CREATE INDEX jobs_under_way ON jobs(state) WHERE state IN ('queued', 'running');
        CREATE TABLE job_events (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT, job TEXT NOT NULL, tenant TEXT NOT NULL,
            kind TEXT NOT NULL, time TEXT NOT NULL, payload TEXT NOT NULL
        ) STRICT;
        CREATE INDEX job_events_by_job ON job_events(job, sequence);
        CREATE TABLE service_sessions (
            id TEXT NOT NULL UNIQUE, tenant TEXT NOT NULL, repository TEXT NOT NULL,
            revision TEXT NOT NULL, base TEXT NOT NULL, created_at TEXT NOT NULL
        ) STRICT;
        CREATE TABLE incident_owners (
            incident TEXT NOT NULL, tenant TEXT NOT NULL, job TEXT NOT NULL,
            UNIQUE(incident, tenant)
        ) STRICT;
        CREATE TABLE submissions (
            id TEXT NOT NULL UNIQUE, tenant TEXT NOT NULL, session TEXT NOT NULL,
            repository TEXT NOT NULL, tree TEXT NOT NULL, title TEXT NOT NULL,
            reasons TEXT NOT NULL, requested_at TEXT NOT NULL, decision TEXT, decided_by TEXT,
            decided_at TEXT, UNIQUE(session, tree)
        ) STRICT;
        """

    private static let serviceWebhooks = """
        CREATE TABLE webhooks (
            id TEXT NOT NULL UNIQUE, tenant TEXT NOT NULL, url TEXT NOT NULL,
            events TEXT NOT NULL, secret TEXT NOT NULL, created_at TEXT NOT NULL
        ) STRICT;
        CREATE TABLE webhook_deliveries (
            id TEXT NOT NULL UNIQUE, webhook TEXT NOT NULL, tenant TEXT NOT NULL,
            kind TEXT NOT NULL, payload TEXT NOT NULL, created_at TEXT NOT NULL,
            state TEXT NOT NULL, tries INTEGER NOT NULL, next_try_ms INTEGER NOT NULL,
            status INTEGER, error TEXT, ended_at TEXT
        ) STRICT;
        CREATE INDEX webhook_deliveries_due ON webhook_deliveries(next_try_ms)
            WHERE state = 'pending';
        CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries(webhook);
        ALTER TABLE budget ADD COLUMN reserved_at TEXT NOT NULL DEFAULT '';
        CREATE TABLE idempotent_answers (
            tenant TEXT NOT NULL, key TEXT NOT NULL, operation TEXT NOT NULL,
            digest TEXT NOT NULL, status INTEGER NOT NULL, location TEXT, body TEXT NOT NULL,
            created_at TEXT NOT NULL, UNIQUE(tenant, key)
        ) STRICT;
        """
}
