import { expect, it } from 'vitest';
import { leanEnvironment, plainEnvironment } from '../../src/supervisor/lean-environment.ts';

it.each([
  {},
  { PATH: '/bin' },
  { MALLOC_ARENA_MAX: '4' },
  { MALLOC_ARENA_MAX: '1', UV_THREADPOOL_SIZE: '16', HOME: '/x' },
])('is lean for the supervisor and as it was for servers: %j', (env) => {
  const lean = leanEnvironment(env);
  expect(lean).toMatchObject({ MALLOC_ARENA_MAX: '1', UV_THREADPOOL_SIZE: '2' });
  expect(plainEnvironment(lean)).toEqual(env);
});
