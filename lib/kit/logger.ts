/**
 * How a node tells its operator what happens: an event by name, and the facts of it. Sentences are
 * made where lines are written (the event's entry in lib/cli/log-lines.ts), so whoever logs does not
 * care for wording, and a log that is read by machines keeps the facts.
 *
 * Events are for a reader of hours later: what changes a node's part in its cluster, and what needs
 * care. Nothing that happens for each request is logged above `debug`.
 */
export interface Logger {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

export type LogLevel = keyof Logger;

/** Numbers, strings, booleans, null, or lists of them. The names in RESERVED_FIELDS are taken. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Members that every line of a JSON log has; `node` is the node that writes it. */
export const RESERVED_FIELDS = ['level', 'time', 'node', 'event', 'msg'] as const;

/** Says nothing: for tests and for embedding. */
export const SILENT: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
};
