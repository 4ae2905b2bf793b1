import { expect, it } from 'vitest';
import { freePort } from '../../helpers/free-port.ts';
import { offering, type Stage, stage } from '../gateway/stage.ts';

async function health(on: Stage, url: string, token = ''): Promise<{ status: number; body: unknown }> {
  const response = await fetch(url, { headers: token === '' ? {} : { authorization: `Bearer ${on.token}` } });
  return { status: response.status, body: await response.json() };
}

it('tells the world no more than whether all is well, and the owner what is not', async () => {
  const port = await freePort();
  await using on = await stage(
    {
      well: offering({ tools: ['greet'] }, { port }),
      ill: { transport: 'stdio', command: 'exit 3', restart: { policy: 'never' } },
      idle: offering({ tools: ['wave'] }),
    },
    { start: ['well'] },
  );
  // Nobody wants the other two.
  expect(await health(on, on.url('/health'))).toEqual({ status: 200, body: { ok: true } });
  expect(await health(on, on.url('/idle/health'))).toEqual({ status: 503, body: { ok: false } });
  expect(await health(on, `http://127.0.0.1:${port}/health`)).toEqual({ status: 200, body: { ok: true } });
  await on.api.start(['ill'], { waitMs: null });
  expect(await health(on, on.url('/health'))).toEqual({ status: 503, body: { ok: false } });
  expect(await health(on, on.url('/well/health'))).toEqual({ status: 200, body: { ok: true } });
  const { status, body } = await health(on, on.url('/health'), on.token);
  expect({ status, body }).toMatchObject({
    status: 503,
    body: {
      ok: false,
      servers: {
        well: { state: 'ready', desired: 'running', pid: expect.any(Number) },
        ill: { state: 'crashed', cause: expect.stringContaining('3') },
        idle: { state: 'stopped', desired: 'stopped', pid: null },
      },
    },
  });
  expect((await health(on, on.url('/ill/health'), on.token)).body).toMatchObject({ servers: { ill: {} } });
});

it('does not tell a stranger which names exist', async () => {
  await using on = await stage({ one: offering({ tools: ['greet'] }) }, { start: [] });
  expect(await health(on, on.url('/nobody/health'))).toEqual(await health(on, on.url('/one/health')));
  expect((await health(on, on.url('/nobody/health'), on.token)).status).toBe(404);
});
