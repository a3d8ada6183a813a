internal import CLinux
internal import Glibc

/// What a pid 1 that serves is asked for; see `sandbox_plan.h`.
package enum InitOrder: Sendable, Equatable {
    /// The descriptors are the encoded plan, and standard input, output and error unless the plan
    /// has a terminal.
    case execute
    case signal(process: Int32, number: Int32, wholeGroup: Bool)
    /// A TCP socket of the sandbox's network; `family` is `AF_INET` or `AF_INET6`.
    case socket(family: Int32)
    /// Everything but pid 1.
    case killAll
    /// Everything, and pid 1.
    case end

    fileprivate var record: (kind: plan_order_kind, values: (Int64, Int64, Int64, Int64)) {
        switch self {
        case .execute: (PLAN_ORDER_EXECUTE, (0, 0, 0, 0))
        case .signal(let process, let number, let wholeGroup):
            (PLAN_ORDER_SIGNAL, (Int64(process), Int64(number), wholeGroup ? 1 : 0, 0))
        case .socket(let family): (PLAN_ORDER_SOCKET, (Int64(family), 0, 0, 0))
        case .killAll: (PLAN_ORDER_KILL_ALL, (0, 0, 0, 0))
        case .end: (PLAN_ORDER_END, (0, 0, 0, 0))
        }
    }
}

extension InitChannel {
    /// Sends an order; its answer comes back with `token`.
    ///
    /// - Throws: `EAGAIN` while pid 1 does not read, `EPIPE` when it is gone.
    package borrowing func send(
        _ order: InitOrder, token: Int64, descriptors: [Int32] = []
    ) throws(SystemError) {
        let (kind, values) = order.record
        var message = plan_order()
        message.magic = UInt32(PLAN_MAGIC)
        message.kind = UInt32(kind.rawValue)
        message.token = token
        message.value = values
        let raw = socket.raw
        try SystemCall.perform("send an order", "sandbox-init") {
            lx_send_order(raw, &message, descriptors, descriptors.count)
        }
    }
}
