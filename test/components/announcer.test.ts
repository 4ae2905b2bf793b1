import { afterEach, describe, expect, test } from 'vitest';
import { StagedLogs, StagedSupervisor, stagedPort, unit } from '../cockpit/staged.ts';
import { ScreenModel } from '../helpers/screen.ts';

const open: ScreenModel[] = [];
afterEach(async () => {
  for (const screen of open.splice(0)) {
    screen.host.emit('SIGTERM');
    await screen.finished;
  }
});

function listen() {
  const api = new StagedSupervisor([unit('mem0', 'ready'), unit('web', 'crashed', { cause: { what: 'exit 1' } })]);
  const logs = new StagedLogs();
  const screen = new ScreenModel(stagedPort(api, logs, { screenReader: true }), 120, 120);
  open.push(screen);
  return { api, logs, screen };
}

describe('for a screen reader', () => {
  test('everything is a new line below the last, and nothing is drawn over', async () => {
    const { api, screen } = listen();
    await screen.until(/1 ready 1 crashed/);
    screen.type('j');
    await screen.until('web crashed: exit 1, 2 of 2');
    api.change('web', { state: 'ready', cause: null });
    await screen.until('web ready');
    screen.type('r');
    await screen.until('web restarted');
    const text = screen.text();
    for (const sentence of ['1 ready 1 crashed', 'web crashed: exit 1, 2 of 2', 'web ready', 'web restarted']) {
      expect(text).toContain(sentence);
    }
    expect(screen.terminal.buffer.active.type).toBe('normal');
    expect(text).not.toMatch(/[┏━┃▸]/);
  });

  test('lists, questions, prompts and pages are read out', async () => {
    const { screen } = listen();
    await screen.until('1 crashed');
    screen.type('?');
    await screen.until('Keys. Type to filter');
    await screen.until(/s Start the selected .*1 of \d+/);
    screen.type('\u001B[B');
    await screen.until(/S Stop the selected .*2 of \d+/);
    screen.type('\u001B');
    await screen.until(/\nServers/);
    screen.type('/we');
    await screen.until('filter: we, 1 of 2 servers');
    screen.type('\r\r');
    await screen.until('web. Esc goes back.');
    await screen.until('"API_KEY": "********"');
    screen.type('\u001B');
    await screen.until((model) => model.text().split('\nServers').length === 3);
    screen.type('Q');
    await screen.until('Stop 1 server and quit?');
  });

  test('a log is read line by line, what runs as it comes', async () => {
    const { logs, screen } = listen();
    logs.write('mem0', ['first', 'second', 'third']);
    await screen.until('1 crashed');
    screen.type('2');
    await screen.until('Logs of mem0, following');
    await screen.until('third');
    logs.write('mem0', ['fourth']);
    await screen.until('fourth');
    screen.type('k');
    await screen.until(
      (model) =>
        model
          .text()
          .split('\n')
          .filter((row) => row === 'third').length === 2,
    );
  });

  test('leaving leaves what was said', async () => {
    const { screen } = listen();
    await screen.until('1 crashed');
    await screen.leave();
    open.pop();
    expect(screen.text()).toContain('1 crashed');
    expect(screen.sink.log).not.toContain('\u001B[?1049');
  });
});
