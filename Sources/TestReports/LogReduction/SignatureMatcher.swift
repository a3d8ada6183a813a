/// Finds all signatures in one pass over the bytes, without regard to case: the automaton of Aho
/// and Corasick (1975), its failure links folded into one table.
struct SignatureMatcher: Sendable {
    /// One for each state and class of bytes; the high bit says that a signature ends there.
    private let transitions: [UInt16]
    private let byteClasses: [UInt8]
    private let classCount: Int
    /// The signatures that end in each state.
    private let outputs: [[Int]]

    static let signals: UInt16 = 0x8000

    /// - Parameter texts: in lower case.
    init(_ texts: [String]) {
        let words = texts.map { Array($0.utf8) }
        let alphabet = Set(words.joined()).sorted()
        // The states are numbered in 15 bits: the table of signatures is data of this package.
        precondition(words.map(\.count).reduce(1, +) < Int(Self.signals))
        var classes = [UInt8](repeating: 0, count: 256)
        for (index, byte) in alphabet.enumerated() { classes[Int(byte)] = UInt8(index + 1) }
        for byte in UInt8(ascii: "a")...UInt8(ascii: "z") {
            classes[Int(byte) - 32] = classes[Int(byte)]
        }
        var trie = Trie(classCount: alphabet.count + 1)
        for (id, word) in words.enumerated() { trie.insert(word.map { classes[Int($0)] }, id: id) }
        trie.link()
        byteClasses = classes
        classCount = alphabet.count + 1
        outputs = trie.outputs
        transitions = trie.next.map { target in
            UInt16(target) | (trie.outputs[target].isEmpty ? 0 : Self.signals)
        }
    }

    /// One step. The result is the next state, with `signals` set when a signature ends there.
    @inline(__always)
    func step(_ state: UInt16, _ byte: UInt8) -> UInt16 {
        transitions[Int(state & ~Self.signals) * classCount + Int(byteClasses[Int(byte)])]
    }

    /// The signatures that end in a state.
    func signatures(at state: UInt16) -> [Int] { outputs[Int(state & ~Self.signals)] }

    /// The tables for a loop over many bytes.
    @inline(__always)
    func withTables<Result>(
        _ body: (Span<UInt16>, Span<UInt8>, Int) -> Result
    ) -> Result {
        body(transitions.span, byteClasses.span, classCount)
    }

    private struct Trie {
        let classCount: Int
        var next: [Int]
        var outputs: [[Int]] = [[]]

        init(classCount: Int) {
            self.classCount = classCount
            next = Array(repeating: 0, count: classCount)
        }

        mutating func insert(_ word: [UInt8], id: Int) {
            var state = 0
            for symbol in word {
                let slot = state * classCount + Int(symbol)
                if next[slot] == 0 {
                    next[slot] = outputs.count
                    next.append(contentsOf: repeatElement(0, count: classCount))
                    outputs.append([])
                }
                state = next[slot]
            }
            outputs[state].append(id)
        }

        /// Breadth first: a state's missing transitions are those of its longest proper suffix.
        mutating func link() {
            var suffix = [Int](repeating: 0, count: outputs.count)
            var queue = (0..<classCount).compactMap { next[$0] == 0 ? nil : next[$0] }
            var head = 0
            while head < queue.count {
                let state = queue[head]
                head += 1
                outputs[state] += outputs[suffix[state]]
                for symbol in 0..<classCount {
                    let slot = state * classCount + symbol
                    let fallback = next[suffix[state] * classCount + symbol]
                    if next[slot] == 0 {
                        next[slot] = fallback
                    } else {
                        suffix[next[slot]] = fallback
                        queue.append(next[slot])
                    }
                }
            }
        }
    }
}
