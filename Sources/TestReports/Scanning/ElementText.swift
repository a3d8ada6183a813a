/// Collects the text of chosen elements, for formats that say things in elements.
struct ElementText {
    private let limit: Int
    private var open: XMLName?
    private var texts: [(name: XMLName, text: BoundedText)] = []

    init(limit: Int) {
        self.limit = limit
    }

    /// Begins to collect for an element; inner elements belong to it.
    mutating func start(_ name: XMLName) {
        guard open == nil else { return }
        open = name
        if !texts.contains(where: { $0.name == name }) {
            texts.append((name, BoundedText(limit: limit)))
        }
    }

    mutating func end(_ name: XMLName) {
        if open == name { open = nil }
    }

    mutating func text(_ bytes: Span<UInt8>, isLiteral: Bool) {
        guard let index = texts.firstIndex(where: { $0.name == open }) else { return }
        if isLiteral {
            texts[index].text.append(bytes)
        } else {
            var decoded: [UInt8] = []
            XMLText.append(bytes, to: &decoded)
            texts[index].text.append(decoded.span)
        }
    }

    /// What was collected for an element since the last call, without space around it.
    mutating func take(_ name: XMLName) -> String? {
        guard let index = texts.firstIndex(where: { $0.name == name }) else { return nil }
        let text = texts[index].text.finish()?.trimmedSpace
        texts.remove(at: index)
        return text?.isEmpty == true ? nil : text
    }
}
