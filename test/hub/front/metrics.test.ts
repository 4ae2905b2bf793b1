import { expect, it } from 'vitest';
import { offering, type Stage, stage } from '../gateway/stage.ts';

const fetchMetrics = (on: Stage) => fetch(on.url('/metrics'), { headers: { authorization: `Bearer ${on.token}` } });

/** `name{labels}` → value. Every line must be one that Prometheus can read. */
async function metrics(on: Stage): Promise<Map<string, number>> {
  const response = await fetchMetrics(on);
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  const lines = (await response.text()).trimEnd().split('\n');
  const samples = lines.filter((line) => !/^# (HELP \w+ .+|TYPE \w+ (gauge|counter|summary))$/.test(line));
  const read = samples.map((line) => /^(\w+(?:\{\w+="[^"]*"(?:,\w+="[^"]*")*\})?) (NaN|[\d.e+-]+)$/.exec(line));
  expect(read).not.toContain(null);
  return new Map(read.map((match): [string, number] => [match?.[1] ?? '', Number(match?.[2])]));
}

it('measures servers, calls and clients for Prometheus', async () => {
  await using on = await stage(
    { one: offering({ tools: ['greet', 'want'] }), two: offering({ tools: ['wave'] }) },
    { settings: { metrics: true }, start: ['one'] },
  );
  const client = await on.legacy('/one/mcp');
  await client.callTool({ name: 'greet', arguments: {} });
  await client.callTool({ name: 'greet', arguments: {} });
  await expect(client.callTool({ name: 'want', arguments: {} })).rejects.toThrow();
  const seen = await metrics(on);
  expect(Object.fromEntries(seen)).toMatchObject({
    'mcp_server_up{server="one"}': 1,
    'mcp_server_up{server="two"}': 0,
    'mcp_server_state{server="one",state="ready"}': 1,
    'mcp_server_state{server="one",state="crashed"}': 0,
    'mcp_server_state{server="two",state="stopped"}': 1,
    'mcp_server_calls_total{server="one"}': 3,
    'mcp_server_call_failures_total{server="one"}': 1,
    'mcp_server_call_duration_seconds_count{server="one"}': 3,
    'mcp_server_calls_total{server="two"}': 0,
    'mcp_server_call_duration_seconds{server="two",quantile="0.95"}': Number.NaN,
    'mcp_server_clients{server="one"}': 1,
    'mcp_server_restarts{server="one"}': 0,
    mcp_hub_clients: 1,
  });
  expect(seen.get('mcp_server_call_duration_seconds{server="one",quantile="0.5"}')).toBeGreaterThan(0);
  expect(seen.get('mcp_server_call_duration_seconds_sum{server="one"}')).toBeLessThan(60);
});

it('is off until somebody switches it on, and wants the token', async () => {
  await using on = await stage({ one: offering({ tools: ['greet'] }) }, { start: [] });
  expect((await fetchMetrics(on)).status).toBe(404);
  expect((await fetch(on.url('/metrics'))).status).toBe(401);
});
