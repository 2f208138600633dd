import { ignoreElements, merge, type Observable, takeUntil, tap } from 'rxjs';
import type { Outcome } from '../lib/core/outcome.ts';
import type { View } from '../lib/core/view.ts';
import type { LogFields, Logger } from '../lib/kit/logger.ts';
import { rateLimited } from '../lib/kit/rate-limit.ts';
import type { Link } from '../lib/net/network.ts';
import { TROUBLE_INTERVAL_MS } from './inbox.ts';
import type { SnapshotNews } from './snapshot-news.ts';
import { ATTEMPTS_TOLD } from './snapshot-traffic.ts';
import type { LoopWorld } from './world.ts';

/**
 * Tells the operator what happens: elections, roles, leaders, links, alarms. One line an event;
 * what repeats is counted.
 */
export function narrate(
  { logger, clock, identity, leaving$ }: LoopWorld,
  decided$: Observable<Outcome>,
  link$: Observable<Link>,
  news$: Observable<SnapshotNews>,
): Observable<never> {
  const limit = { intervalMs: TROUBLE_INTERVAL_MS, now: clock.now };
  // a few, or the log would end with a link that is down although it came back at once
  const links = rateLimited(logger, { ...limit, burst: 5, by: ['peer'] });
  const alarms = rateLimited(logger, { ...limit, by: ['alarm'] });
  let past: View | null = null;

  const tell = (outcome: Outcome): void => {
    const { view, alarms: all, notices } = outcome;
    tellSnapshots(logger, outcome);
    for (const alarm of all) alarms.error('alarm', { alarm });
    for (const notice of notices) logger.warn('raft.notice', { notice });
    if (view === past) return;
    const { role, term, leader } = view;
    const isNews = leader !== (past?.leader ?? null);
    if (isNews && leader === null) logger.warn('leader.lost', { term, former: past?.leader });
    if (role !== past?.role) logger.info('role', { role, term, last: view.last });
    if (isNews && leader !== null && leader !== identity.node)
      logger.info('leader', { leader, term });
    if (past && view.configuration !== past.configuration) {
      logger.info('members', told(view));
    }
    past = view;
  };
  return merge(
    decided$.pipe(tap(tell)),
    news$.pipe(tap((news) => tellNews(logger, news))),
    link$.pipe(
      // While a cluster stops its links go down one after the other, and nobody needs to see to it.
      takeUntil(leaving$),
      tap(({ peer, up }) =>
        up ? links.info('peer.up', { peer }) : links.warn('peer.down', { peer }),
      ),
    ),
  ).pipe(ignoreElements());
}

/** Snapshots that begin their way, or end it in the database of this node. */
function tellSnapshots(logger: Logger, { shipments, release }: Outcome): void {
  for (const shipment of shipments) {
    if (shipment.kind !== 'send') continue;
    const { to, snapshot, attempt } = shipment;
    const { index, bytes } = snapshot;
    if (attempt < ATTEMPTS_TOLD) logger.info('snapshot.send', { to, index, bytes, attempt });
    else logger.warn('snapshot.again', { to, index, bytes, attempt });
  }
  if (!release?.install) return;
  const { index, bytes } = release.install;
  logger.info('snapshot.install', { index, bytes });
}

function tellNews(logger: Logger, news: SnapshotNews): void {
  if (news.kind === 'failed') return logger.warn('snapshot.failed', { reason: news.reason });
  const { kind, snapshot } = news;
  const { index, bytes } = snapshot;
  if (news.kind === 'taken') return logger.info('snapshot.taken', { index, bytes });
  if (news.kind === 'received') {
    return logger.info('snapshot.received', { from: news.from, index, bytes });
  }
  if (news.kind === 'damaged') {
    return logger.warn('snapshot.damaged', { from: news.from, index, bytes });
  }
  const event = kind === 'sent' ? 'snapshot.sent' : 'snapshot.lost';
  logger.info(event, { to: news.to, index, bytes });
}

/** Who takes part, in few words. */
function told({ configuration, configurationIndex: index }: View): LogFields {
  const { voters, outgoing, learners } = configuration;
  return {
    index,
    voters,
    ...(outgoing.length > 0 && { outgoing }),
    ...(learners.length > 0 && { learners }),
  };
}
