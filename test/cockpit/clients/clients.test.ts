import { describe, expect, test } from 'vitest';
import { needs } from '../../../src/cockpit/runtime/needs.ts';
import type { ClientsView } from '../../../src/supervisor/api.ts';
import { TWO_CLIENTS } from '../staged-hub.ts';
import { StagedCockpit } from '../staged-world.ts';

function open(view: ClientsView = TWO_CLIENTS, columns = 140): StagedCockpit {
  const cockpit = new StagedCockpit({ columns, rows: 30 });
  cockpit.press('7');
  cockpit.do({ type: 'clients-listed', view });
  return cockpit;
}

describe('clients', () => {
  test('show who uses what, how often, and what sharing saves', () => {
    const text = open().text();
    expect(text).toContain('2 clients share 4 processes of stdio servers instead of running 9: 310M saved');
    expect(text).toMatch(/▸ +claude-code 2\.1\.0 +modern +http +5120 +\/mcp +weather, mem0 +1\.2k +3 +1 +◉ connected/);
    expect(text).toMatch(/cursor +legacy +sse +- +\/weather\/mcp +weather +12 +0 +- +◌ \d\d:\d\d:\d\d/);
  });

  test('have a page each: process, command, servers, own processes', () => {
    const cockpit = open();
    cockpit.press('enter');
    const text = cockpit.text();
    expect(text).toMatch(/speaks +modern, 2026-07-28, http/);
    expect(text).toMatch(/process +pid 5120/);
    expect(text).toMatch(/command +claude --resume/);
    expect(text).toMatch(/weather +1200 calls, shares its process/);
    expect(text).toMatch(/mem0 +40 calls, has its own: pid 6001/);
  });

  test('t goes to what the client asked', () => {
    const cockpit = open();
    cockpit.press('t');
    expect(cockpit.state.focus).toBe('traffic');
    expect(cockpit.state.traffic.filter).toBe('claude-code');
  });

  test('stay selected when others come and go', () => {
    const cockpit = open();
    cockpit.press('j');
    const [first, second] = TWO_CLIENTS.clients;
    cockpit.do({
      type: 'clients-listed',
      view: { ...TWO_CLIENTS, clients: [second, first].filter((one) => one !== undefined) },
    });
    expect(cockpit.state.clients.selected).toBe('c2');
    cockpit.do({ type: 'clients-listed', view: { ...TWO_CLIENTS, clients: TWO_CLIENTS.clients.slice(0, 1) } });
    expect(cockpit.state.clients.selected).toBe('c1');
  });

  test('none: says where they connect', () => {
    const cockpit = open({ ...TWO_CLIENTS, clients: [] });
    expect(cockpit.text()).toContain('No client is connected.');
  });

  test('that say the same as before change nothing, so that nothing is drawn', () => {
    const cockpit = open();
    const before = cockpit.state;
    const later = TWO_CLIENTS.clients.map((client) =>
      client.connected ? { ...client, lastSeen: client.lastSeen + 2_000 } : client,
    );
    cockpit.do({ type: 'clients-listed', view: { ...TWO_CLIENTS, clients: later } });
    expect(cockpit.state).toBe(before);
  });

  test('are asked for only while they are on screen', () => {
    const cockpit = open();
    expect(needs(cockpit.state).polls).toMatchObject([{ name: 'clients', everyMs: 2_000 }]);
    cockpit.press('tab');
    expect(needs(cockpit.state).polls).toEqual([]);
  });

  test('may call themselves what they like', () => {
    const nasty = '\u001B[2J\u001B]0;x\u0007\u202E';
    const clients = TWO_CLIENTS.clients.map((client) => ({
      ...client,
      name: `n${nasty}`,
      command: nasty,
      endpoint: nasty,
    }));
    expect(open({ ...TWO_CLIENTS, clients }).text()).not.toMatch(/[\u001B\u0007\u202E]|\[2J/);
  });
});
