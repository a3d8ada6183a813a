/// The entry of `names` that `typed` most likely meant, or `nil` when none is close.
///
/// Close: at most a third of the letters differ (at least one difference is allowed).
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

/// Letters left out, added, replaced, or exchanged with their neighbour (optimal string alignment).
private func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for (index, letter) in left.enumerated() {
        var row = [index + 1]
        for (column, other) in right.enumerated() {
            let substitution = last[column] + (letter == other ? 0 : 1)
            var least = min(substitution, last[column + 1] + 1, row[column] + 1)
            if index > 0, column > 0, letter == right[column - 1], left[index - 1] == other {
                least = min(least, beforeLast[column - 1] + 1)
            }
            row.append(least)
        }
        (beforeLast, last) = (last, row)
    }
    return last[right.count]
}
