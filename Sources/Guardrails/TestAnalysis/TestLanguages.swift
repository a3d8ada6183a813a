/// The languages whose tests are read by their structure; others are read by their words.
enum TestLanguages {
    static let all = [
        "Bash", "C", "C#", "C++", "Go", "Java", "JavaScript", "Kotlin", "PHP", "Python", "Ruby",
        "Rust",
        "Swift", "TypeScript",
    ]
}
