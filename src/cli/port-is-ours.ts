import type { Paths } from '../registry/paths.ts';

/** Whether the supervisor of this runtime directory listens on the port. */
export async function isOurs({ runtimeDir }: Paths, port: number): Promise<boolean> {
  const [{ lockOwner }, { ownsPort, readListeners }] = await Promise.all([
    import('../supervisor/lock-owner.ts'),
    import('../supervisor/process/ports.ts'),
  ]);
  const owner = lockOwner(runtimeDir);
  return owner !== null && ownsPort(port, [owner.pid], readListeners()) === 'own';
}
