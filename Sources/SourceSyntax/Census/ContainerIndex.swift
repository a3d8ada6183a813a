/// A class, a group of tests, or the file.
struct TestContainer: Sendable {
    var name: String
    /// Tokens.
    var range: Range<Int>
    var markers: [TestMarker]
    /// What the class derives from, as written.
    var heritage = ""
    /// Whether the name is part of the names of the tests inside.
    var isNamed = true
}

/// Containers by what they enclose: a look-up climbs the nesting, it does not search.
struct ContainerIndex: Sendable {
    private let containers: [TestContainer]
    /// The next container outwards, -1 for none.
    private let outer: [Int]

    init(_ unordered: [TestContainer]) {
        let ordered = unordered.sorted {
            ($0.range.lowerBound, -$0.range.upperBound) < (
                $1.range.lowerBound, -$1.range.upperBound
            )
        }
        var outer: [Int] = []
        outer.reserveCapacity(ordered.count)
        var open: [Int] = []
        for (index, container) in ordered.enumerated() {
            while let last = open.last, ordered[last].range.upperBound < container.range.upperBound
            {
                open.removeLast()
            }
            outer.append(open.last ?? -1)
            open.append(index)
        }
        containers = ordered
        self.outer = outer
    }

    /// The containers around `range`, from the outermost inwards.
    func around(_ range: Range<Int>) -> [TestContainer] {
        var (low, high) = (0, containers.count)
        while low < high {
            let middle = (low + high) / 2
            if containers[middle].range.lowerBound <= range.lowerBound {
                low = middle + 1
            } else {
                high = middle
            }
        }
        var found: [TestContainer] = []
        var index = low - 1
        while index >= 0 {
            let container = containers[index]
            if container.range.upperBound >= range.upperBound, container.range != range {
                found.append(container)
            }
            index = outer[index]
        }
        return found.reversed()
    }
}
