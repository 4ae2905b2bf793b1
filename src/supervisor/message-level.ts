/** Which notes of the journal a person should also see once, and how loudly. */
const LEVELS: Readonly<Record<string, 'info' | 'warn' | 'error'>> = {
  adopted: 'info',
  recovered: 'info',
  degraded: 'warn',
  unhealthy: 'warn',
  failed: 'warn',
  blocked: 'error',
  crashed: 'error',
  survivors: 'error',
};

export function messageLevel(kind: string): 'info' | 'warn' | 'error' | null {
  return LEVELS[kind] ?? null;
}
