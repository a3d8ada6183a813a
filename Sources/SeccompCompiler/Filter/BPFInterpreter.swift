package import RunModel

/// Runs a seccomp program as the kernel does (`net/core/filter.c`, the instructions that
/// `seccomp_check_filter` admits), so that verdicts are read off the bytes that are installed.
package struct BPFInterpreter {
    /// `struct seccomp_data` of `linux/seccomp.h`; the instruction pointer is 0.
    package struct Call {
        package var number: UInt32
        package var architecture: UInt32
        package var arguments: [UInt64]

        package init(
            number: UInt32, architecture: UInt32 = SystemCallTable.auditArchitecture,
            arguments: [UInt64] = [0, 0, 0, 0, 0, 0]
        ) {
            self.number = number
            self.architecture = architecture
            self.arguments = arguments
        }

        func word(at offset: UInt32) -> UInt32? {
            switch offset {
            case 0: return number
            case 4: return architecture
            case 8, 12: return 0
            case 16..<64 where offset.isMultiple(of: 4):
                let argument = arguments[Int(offset - 16) / 8]
                return UInt32(
                    truncatingIfNeeded: offset.isMultiple(of: 8) ? argument : argument >> 32)
            default: return nil
            }
        }
    }

    /// The program does what the kernel would not admit, or does not end.
    package struct Fault: Error {
        package var position: Int
        package var code: UInt16
    }

    package let program: [BPFInstruction]

    package init(program: [BPFInstruction]) { self.program = program }

    /// The verdict on `call`, and how many instructions it took.
    package func run(_ call: Call) throws(Fault) -> (verdict: Verdict, steps: Int) {
        var accumulator: UInt32 = 0
        var position = 0
        var steps = 0
        while position < program.count {
            steps += 1
            let instruction = program[position]
            let operand = instruction.operand
            let fault = Fault(position: position, code: instruction.code)
            position += 1
            let taken: Bool
            switch instruction.code {
            case BPFCode.loadWord:
                guard let word = call.word(at: operand) else { throw fault }
                accumulator = word
                continue
            case BPFCode.and:
                accumulator &= operand
                continue
            case BPFCode.jump:
                position += Int(operand)
                continue
            case BPFCode.jumpIfEqual: taken = accumulator == operand
            case BPFCode.jumpIfGreater: taken = accumulator > operand
            case BPFCode.jumpIfGreaterOrEqual: taken = accumulator >= operand
            case BPFCode.jumpIfAnyBit: taken = accumulator & operand != 0
            case BPFCode.returnValue:
                guard let verdict = Verdict(rawValue: operand) else { throw fault }
                return (verdict, steps)
            default: throw fault
            }
            // Jumps only go forward, so the loop ends.
            position += Int(taken ? instruction.jumpTrue : instruction.jumpFalse)
        }
        throw Fault(position: position, code: 0)
    }
}

/// Codes of `linux/bpf_common.h` that seccomp programs use.
enum BPFCode {
    static let loadWord: UInt16 = 0x20
    static let and: UInt16 = 0x54
    static let jump: UInt16 = 0x05
    static let jumpIfEqual: UInt16 = 0x15
    static let jumpIfGreater: UInt16 = 0x25
    static let jumpIfGreaterOrEqual: UInt16 = 0x35
    static let jumpIfAnyBit: UInt16 = 0x45
    static let returnValue: UInt16 = 0x06
}
