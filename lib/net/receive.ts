import type { Router } from 'zeromq';

/**
 * The messages of `socket`, as `read` makes them; those it makes nothing of are left out. Ends when
 * the socket is closed.
 *
 * Nothing is received before it is asked for: a consumer that does not ask makes ZeroMQ's queue
 * fill up to its high-water mark, and then TCP slow down whoever sends. For one consumer; a second
 * would be told EBUSY.
 */
export function messages<T>(
  socket: Router,
  read: (frames: Buffer[]) => T | null,
): AsyncIterable<T> {
  const next = async (): Promise<IteratorResult<T>> => {
    while (!socket.closed) {
      const frames = await received(socket);
      const value = frames && read(frames);
      if (value !== null) return { done: false, value };
    }
    return { done: true, value: undefined };
  };
  return { [Symbol.asyncIterator]: () => ({ next }) };
}

/** @returns null if the socket was closed while there was nothing. */
async function received(socket: Router): Promise<Buffer[] | null> {
  try {
    return await socket.receive();
  } catch (reason) {
    if (socket.closed) return null;
    throw reason;
  }
}

/** ZeroMQ reads this much at a time from a connection; larger frames get memory of their own. */
const BATCH_BYTES = 8192;
/** The binding copies frames up to this size. Others between the two are views of a batch. */
const COPIED_BYTES_MAX = 128;

/**
 * `frames`, fit to be kept: together they hold on to no more than a few times their size. A frame of
 * 200 bytes that came alone holds on to the whole batch it was received in: 5000 of them took 46 MB,
 * their copies 6. Frames that came in numbers fill the batches they share, and stay where they are.
 */
export function fitToKeep(frames: Buffer[]): Buffer[] {
  let shared = 0;
  for (const { length } of frames) if (isShared(length)) shared += length;
  if (shared === 0 || shared >= BATCH_BYTES / 2) return frames;
  const memory = Buffer.allocUnsafeSlow(shared);
  let at = 0;
  return frames.map((frame) => {
    if (!isShared(frame.length)) return frame;
    memory.set(frame, at);
    at += frame.length;
    return memory.subarray(at - frame.length, at);
  });
}

function isShared(length: number): boolean {
  return length > COPIED_BYTES_MAX && length <= BATCH_BYTES;
}
