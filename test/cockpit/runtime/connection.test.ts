import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Connection, reconnectDelay } from '../../../src/cockpit/runtime/connection.ts';
import { StagedSupervisor } from '../staged.ts';

describe('the line to the supervisor', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  function staged(first: StagedSupervisor | null, reconnect: () => Promise<StagedSupervisor>) {
    const heard: string[] = [];
    const connection = new Connection(first, reconnect, {
      happened: ({ type }) => heard.push(type),
      lost: (reason, attempt) => heard.push(`lost ${reason} ${attempt}`),
    });
    return { connection, heard };
  }

  test('waits longer after each try that fails, up to five seconds, and starts over once it is back', async () => {
    const first = new StagedSupervisor();
    const second = new StagedSupervisor();
    let tries = 0;
    const { connection, heard } = staged(first, async () => {
      tries += 1;
      if (tries < 4) throw new Error('nobody there');
      return second;
    });
    await connection.open();
    first.emit({ type: 'closed', reason: 'killed' });
    await vi.advanceTimersByTimeAsync(250 + 500 + 1_000 + 2_000);
    expect(heard).toEqual(['snapshot', 'lost killed 1', 'lost killed 2', 'lost killed 3', 'lost killed 4', 'snapshot']);
    expect(connection.api).toBe(second);
    expect([1, 2, 3, 4, 5, 6, 20].map(reconnectDelay)).toEqual([250, 500, 1_000, 2_000, 4_000, 5_000, 5_000]);
    await connection.close();
  });

  test('what a supervisor says after it was lost is not believed', async () => {
    const first = new StagedSupervisor();
    const { connection, heard } = staged(first, () => new Promise(() => {}));
    await connection.open();
    first.emit({ type: 'closed', reason: 'killed' });
    first.emit({ type: 'units', units: [] });
    expect(heard).toEqual(['snapshot', 'lost killed 1']);
    await connection.close();
  });

  test('reaches the first one by itself where none was given', async () => {
    const { connection, heard } = staged(null, async () => new StagedSupervisor());
    expect(() => connection.api).toThrow('no supervisor was reached yet');
    await connection.open();
    expect(heard).toEqual(['snapshot']);
    await connection.close();
  });

  test('an end that was asked for is no loss, and nothing is tried after it', async () => {
    const first = new StagedSupervisor();
    const reconnect = vi.fn(async () => new StagedSupervisor());
    const { connection, heard } = staged(first, reconnect);
    await connection.open();
    connection.expectEnd();
    first.emit({ type: 'closed', reason: 'shut down' });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(heard).toEqual(['snapshot']);
    expect(reconnect).not.toHaveBeenCalled();
  });

  test('one that is reached after the cockpit was left is let go of', async () => {
    const late = new StagedSupervisor();
    const arrival = Promise.withResolvers<StagedSupervisor>();
    const { connection } = staged(null, () => arrival.promise);
    const opened = connection.open();
    await connection.close();
    arrival.resolve(late);
    await opened;
    expect(late.isClosed).toBe(true);
  });
});
