import { Dealer, Router } from 'zeromq';
import { putFrame } from './requests.ts';
import { type Timing, timing } from './timing.ts';

const FRAMES: readonly number[] = [1, 64, 512];
/** Messages that are sent before the first is received. */
const AHEAD = 16;

/** One message from a DEALER to a ROUTER over loopback: sending and receiving, in one thread. */
export async function measureSockets(): Promise<readonly Timing[]> {
  const router = new Router();
  const dealer = new Dealer();
  try {
    for (const socket of [router, dealer]) {
      socket.linger = 0;
      socket.sendTimeout = 0;
    }
    await router.bind('tcp://127.0.0.1:*');
    dealer.connect(router.lastEndpoint ?? '');
    await dealer.send('hello');
    await router.receive();
    const timings: Timing[] = [];
    for (const count of FRAMES) {
      const frames = Array.from({ length: count }, (_, i) => putFrame(i));
      const run = async (): Promise<void> => {
        for (let i = 0; i < AHEAD; i++) await dealer.send(frames);
        for (let i = 0; i < AHEAD; i++) await router.receive();
      };
      const name = `socket: DEALER to ROUTER, ${count} frames of a put a message`;
      timings.push(await timing({ name, commands: count * AHEAD, run }));
    }
    return timings;
  } finally {
    dealer.close();
    router.close();
  }
}
