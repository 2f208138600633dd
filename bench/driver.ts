import { ClosedLoop } from './closed-loop.ts';
import { openEtcd } from './etcd-target.ts';
import { DRAIN_MS, type DriverMessage, type Job, type Report, type System } from './job.ts';
import { summaryOf } from './percentiles.ts';
import { openRaftmq } from './raftmq-target.ts';
import type { Settle, Target } from './target.ts';
import { type Drawn, drawing, filling, type Workload } from './workload.ts';

const OPEN: Readonly<
  Record<System, (endpoint: string, workload: Workload, settle: Settle) => Promise<Target>>
> = { raftmq: openRaftmq, etcd: openEtcd };

async function drive({ system, endpoint, workload, outstanding, timed }: Job): Promise<Report> {
  const endless = timed === null ? filling(workload) : drawing(workload);
  let isOver = false;
  const draw = (): Drawn | null => (isOver ? null : endless());
  let settle: Settle = () => {};
  const target = await OPEN[system](endpoint, workload, (id, failure) => settle(id, failure));
  const loop = new ClosedLoop(outstanding, draw, target);
  settle = loop.settle;
  loop.start();
  await pause(timed?.warmUpMs ?? 0);
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  loop.isMeasuring = true;
  if (timed === null) await loop.drained;
  else await pause(timed.measureMs);
  loop.isMeasuring = false;
  const elapsedMs = performance.now() - startedAt;
  const { user, system: kernel } = process.cpuUsage(cpuBefore);
  isOver = true;
  const isDrained = await Promise.race([loop.drained.then(() => true), pause(DRAIN_MS)]);
  if (isDrained !== true) loop.abandon();
  target.close();
  const cpu = (user + kernel) / 1000 / elapsedMs;
  return {
    ...summaryOf(loop.latencies),
    elapsedMs,
    cpu,
    failures: Object.fromEntries(loop.failures),
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function tell(message: DriverMessage): void {
  process.send?.(message, () => process.exit());
}

process.once('message', (job: Job) => {
  drive(job).then(
    (report) => tell({ report }),
    (error: unknown) => tell({ fault: error instanceof Error ? error.message : String(error) }),
  );
});
// Whoever started us is gone, however that came: nobody would stop the load.
process.once('disconnect', () => process.exit());
