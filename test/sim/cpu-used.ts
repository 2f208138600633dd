/** Processor time that this process has used so far, in ms. */
export function cpuUsedMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
