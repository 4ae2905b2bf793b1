import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePorts } from '../helpers/free-port.ts';
import { type Home, temporaryHome } from '../helpers/home.ts';
import { tinyHttp } from '../helpers/tiny.ts';
import { isAlive } from '../helpers/wait.ts';
import { serverOf } from './status-of.ts';

let home: Home;
beforeEach(async () => {
  home = await temporaryHome();
});
afterEach(() => home.close());

test('shows the output from the first line on; Ctrl-C stops the server', async () => {
  const [port = 0] = await freePorts(1);
  await home.writeRegistry({ one: tinyHttp(port, ['lines=50']) });
  const running = home.start('mcp', ['one', 'start', '--fg']);
  await running.printed(/line 3\n/);
  expect(running.stdout()).toMatch(new RegExp(`listening on ${port}.*line 1\n.*line 2\n`, 's'));
  const { pid } = await serverOf(home, 'one');
  running.child.kill('SIGINT');
  const { code, stdout } = await running.ended;
  expect(code).toBe(130);
  expect(stdout).toMatch(/✓ one +stopped/);
  expect(await isAlive(pid ?? 0)).toBe(false);
});

test('ends with 1 when the server gives up', async () => {
  const [port = 0] = await freePorts(1);
  await home.writeRegistry({ one: tinyHttp(port, ['exit=0:3'], { restart: { policy: 'never' } }) });
  const { code, stdout, stderr } = await home.run('mcp', ['one', 'start', '--fg']);
  expect(code).toBe(1);
  expect(stdout).toContain('ending as told with 3');
  expect(stderr).toContain('exit 3');
});

test('ends when somebody else stops the server', async () => {
  const [port = 0] = await freePorts(1);
  await home.writeRegistry({ one: tinyHttp(port) });
  const running = home.start('mcp', ['one', 'start', '--fg']);
  await running.printed(/✓ one/);
  await home.run('mcp', ['one', 'stop']);
  expect((await running.ended).code).toBe(0);
});
