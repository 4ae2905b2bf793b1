import { afterEach, describe, expect, test } from 'vitest';
import { StagedLogs, StagedSupervisor, stagedPort } from '../cockpit/staged.ts';
import { ScreenModel } from '../helpers/screen.ts';

const open: ScreenModel[] = [];
afterEach(async () => {
  for (const screen of open.splice(0)) {
    screen.host.emit('SIGTERM');
    await screen.finished;
  }
});

function show(columns: number, rows: number, api = new StagedSupervisor(), logs = new StagedLogs()): ScreenModel {
  logs.write('mem0', ['listening on 8050', 'ERROR disk is nearly full', 'request handled']);
  const screen = new ScreenModel(stagedPort(api, logs), columns, rows);
  open.push(screen);
  return screen;
}

describe.each([
  [40, 10],
  [80, 24],
  [120, 40],
  [200, 50],
  [300, 100],
])('at %i×%i', (columns, rows) => {
  test('shows', async () => {
    const screen = show(columns, rows);
    await screen.until('mem0');
    console.log(screen.text());
    expect(screen.text()).toContain('github');
  });
});
