import type { Input } from '../lib/core/input.ts';
import type { Snapshot } from '../lib/core/snapshot.ts';
import type { NodeId, Term } from '../lib/core/types.ts';

/** What has happened to a snapshot. */
export type SnapshotNews =
  | { readonly kind: 'taken'; readonly snapshot: Snapshot }
  /** The disk is too full for one. */
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'received'; readonly snapshot: Snapshot; readonly from: NodeId }
  /** What was received is not what the leader has; it is sent again. */
  | { readonly kind: 'damaged'; readonly snapshot: Snapshot; readonly from: NodeId }
  | Sent;

/** `sent`: the follower has all of it. `lost`: the file is gone, so another is sent. */
export type Sent = {
  readonly kind: 'sent' | 'lost';
  readonly snapshot: Snapshot;
  readonly to: NodeId;
  readonly term: Term;
};

/** What the core has to know of it. */
export function inputsOf(news: SnapshotNews): readonly Input[] {
  switch (news.kind) {
    case 'taken':
      return [{ kind: 'Snapshotted', snapshot: news.snapshot }];
    case 'received':
      return [{ kind: 'Fetched', snapshot: news.snapshot }];
    case 'sent':
    case 'lost': {
      const { to, term, snapshot } = news;
      return [{ kind: 'Delivered', to, term, index: snapshot.index, ok: news.kind === 'sent' }];
    }
    case 'failed':
    case 'damaged':
      return [];
  }
}
