/**
 * What `call` gives, however often a signal interrupts it. Of ZeroMQ's calls those that open, join
 * or watch a socket throw EINTR before they have done anything when a signal (a child that ended, a
 * terminal that changed its size) comes at the wrong moment; to call once more is all there is to do.
 */
export function uninterrupted<T>(call: () => T): T {
  for (;;) {
    try {
      return call();
    } catch (reason) {
      if ((reason as NodeJS.ErrnoException).code !== 'EINTR') throw reason;
    }
  }
}
