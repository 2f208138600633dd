/** The cluster that all servers of a run belong to, and the life of their logs. */
export const CLUSTER = 'simulated';
export const INCARNATION = 1;
