import NIOCore

/// Runs tasks on an event loop.
///
/// The server's work is short and its sockets are on the same loop: without a hop to another thread and back, a request
/// costs about half as much, and a benchmark's client has the other processor to itself.
final class EventLoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        self.loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
