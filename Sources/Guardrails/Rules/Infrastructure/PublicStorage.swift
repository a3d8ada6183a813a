internal import RunModel

/// Storage that anyone may read or write.
struct PublicStorage: PatternRule {
    let metadata = RuleMetadata(
        id: "public-storage", category: .infrastructure, severity: .high, action: .review,
        title: "Storage opened to everyone",
        rationale:
            "A bucket that everyone may read is found, and read, by those who look for them.",
        remedy: "Keep it private and hand out signed addresses.",
        languages: ["CloudFormation", "Shell", "Terraform"])

    private static let files = FileFilter.terraform.union(.yaml).union(.shell)
        .union(FileFilter(extensions: ["json", "ts", "py"]))
        .excluding([.test, .testData, .documentation, .vendored, .sample])

    let patterns: [ContentPattern] = [
        .code(
            "\\b(acl|AccessControl|predefined_acl)[\"']?[ \\t]*[:=][ \\t]*[\"']?(public-read(-write)?|PublicRead(Write)?|publicRead)",
            files: Self.files),
        .code("--acl[= ]public-read", files: Self.files),
        .code(
            "\\b(block_public_acls|block_public_policy|ignore_public_acls|restrict_public_buckets|BlockPublicAcls|BlockPublicPolicy)[\"']?[ \\t]*[:=][ \\t]*[\"']?false",
            files: Self.files),
        .code("\\b(allUsers|allAuthenticatedUsers)\\b", files: Self.files),
        .code(
            "\\b(allow_blob_public_access|allow_nested_items_to_be_public|allowBlobPublicAccess)[\"']?[ \\t]*[:=][ \\t]*true",
            files: Self.files),
        .code(
            "\\b(storage_encrypted|encrypted|enable_encryption)[\"']?[ \\t]*[:=][ \\t]*false\\b",
            files: .terraform.excluding([.test, .testData])),
    ]

    func message(for match: ContentMatch) -> String { "stored data loses its protection" }

    var examples: [RuleExample] {
        [
            .violating("a bucket", head: ["s.tf": "acl = \"public-read\"\n"]),
            .violating("the guard is removed", head: ["s.tf": "block_public_acls = false\n"]),
            .violating("a template", head: ["s.yaml": "AccessControl: PublicRead\n"]),
            .clean("private", head: ["s.tf": "acl = \"private\"\nblock_public_acls = true\n"]),
        ]
    }
}
