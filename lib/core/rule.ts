/** Something that must be true of a subject, by a name that says it. */
export type Rule<T> = readonly [name: string, holds: (subject: T) => boolean];
