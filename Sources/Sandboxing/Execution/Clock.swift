internal import Glibc

/// Time of this machine.
enum Clock {
    /// Milliseconds of the monotonic clock.
    static var milliseconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) * 1000 + Double(time.tv_nsec) / 1_000_000
    }

    /// Milliseconds since 1970.
    static var realMilliseconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) * 1000 + Double(time.tv_nsec) / 1_000_000
    }

    /// Now, as RFC 3339 in UTC with milliseconds.
    static var timestamp: String {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return timestamp(seconds: time.tv_sec, milliseconds: time.tv_nsec / 1_000_000)
    }

    /// By arithmetic: gmtime_r(3) opens and reads the time zone first, at every start.
    static func timestamp(seconds: Int, milliseconds: Int) -> String {
        let secondsOfDay = 86400
        var days = seconds / secondsOfDay
        let second = seconds % secondsOfDay
        // Eras of 400 years that begin in March, so that the leap day comes last.
        days += 719_468
        let era = days / 146_097
        let dayOfEra = days % 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        var text: [UInt8] = []
        text.reserveCapacity(24)
        func append(_ value: Int, digits: Int, before: Character?) {
            if let ascii = before?.asciiValue { text.append(ascii) }
            var divisor = 1
            for _ in 1..<digits { divisor *= 10 }
            while divisor > 0 {
                text.append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
                divisor /= 10
            }
        }
        append(year, digits: 4, before: nil)
        append(month, digits: 2, before: "-")
        append(day, digits: 2, before: "-")
        append(second / 3600, digits: 2, before: "T")
        append(second / 60 % 60, digits: 2, before: ":")
        append(second % 60, digits: 2, before: ":")
        append(milliseconds, digits: 3, before: ".")
        text.append(UInt8(ascii: "Z"))
        return String(decoding: text, as: UTF8.self)
    }
}
