/**
 * One msgpack value as the bytes it came in. Values of users are never decoded on their way, so
 * they come back exactly as they went in, whatever types a language put into them.
 */
export class Raw {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}
