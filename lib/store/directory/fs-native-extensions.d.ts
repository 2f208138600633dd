/** The part of the package that is used here; it brings no types of its own. */
declare module 'fs-native-extensions' {
  /**
   * Takes the kernel's lock on an open file, exclusive unless it is shared, until the descriptor is closed or the process ends.
   *
   * @returns false if another open descriptor holds it.
   */
  export function tryLock(fd: number, options?: { readonly shared: boolean }): boolean;
}
