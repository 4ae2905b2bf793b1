import type { UnitView } from '../supervisor/api.ts';
import type { ServerAccess } from '../supervisor/server-access.ts';
import type { Route } from './route.ts';

export interface HealthReport {
  readonly status: 200 | 404 | 503;
  readonly body: object;
}

/**
 * `/health` and `/<server>/health`: 200 when all is well, 503 when not. All: every server that is wanted; one: that server,
 * wanted or not. Whoever did not send the token (`known`: who did) learns no more than that, not even which names exist.
 */
export function healthReport(access: ServerAccess, target: Route['target'], known: boolean): HealthReport {
  const names = target === 'all' ? access.names() : 'server' in target ? [target.server] : [];
  const views = names.flatMap((name) => access.view(name) ?? []);
  const isUnknown = target !== 'all' && views.length === 0;
  const wanted = views.filter(({ desired }) => target !== 'all' || desired === 'running');
  const ok = !isUnknown && wanted.every(({ state }) => state === 'ready' || state === 'asleep');
  if (!known) return { status: ok ? 200 : 503, body: { ok } };
  if (isUnknown) return { status: 404, body: { ok, error: 'no server of this name' } };
  const servers = Object.fromEntries(views.map((view) => [view.name, healthOf(view)]));
  return { status: ok ? 200 : 503, body: { ok, servers } };
}

function healthOf({ state, desired, pid, cause }: UnitView): object {
  return { state, desired, pid, ...(cause && { cause: cause.what }) };
}
