/// A programming language that Drydock knows by name. Whether it can be parsed is another question:
/// see ``LanguageCatalog``.
package enum SyntaxLanguage: String, Sendable, CaseIterable, Codable {
    case bash, c, cpp, csharp, go, java, javascript, kotlin, php, python, ruby, rust, swift, tsx
    case typescript
}
