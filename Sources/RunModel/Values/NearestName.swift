/// The entry of `names` that `typed` most likely meant, or `nil` when none is close.
///
/// Close: at most a third of the letters differ (Levenshtein, at least one difference is allowed).
package func nearestName(to typed: String, among names: some Sequence<String>) -> String? {
    let letters = Array(typed.lowercased().utf8.prefix(64))
    var best: (name: String, distance: Int)?
    for name in names {
        let distance = editDistance(letters, Array(name.lowercased().utf8.prefix(64)))
        if distance < best?.distance ?? .max { best = (name, distance) }
    }
    guard let best, best.distance <= max(1, max(letters.count, best.name.utf8.count) / 3) else {
        return nil
    }
    return best.name
}

private func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var row = Array(0...right.count)
    for (index, letter) in left.enumerated() {
        var diagonal = row[0]
        row[0] = index + 1
        for (column, other) in right.enumerated() {
            let substitution = diagonal + (letter == other ? 0 : 1)
            diagonal = row[column + 1]
            row[column + 1] = min(substitution, diagonal + 1, row[column] + 1)
        }
    }
    return row[right.count]
}
