/** CPU of this process that some work takes, ms, threads included. */
export async function cpuOf(work: () => unknown): Promise<number> {
  const from = process.cpuUsage();
  await work();
  return since(from);
}

/** CPU of this process since then, ms. */
export function since(from: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1000;
}
