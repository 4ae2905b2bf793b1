import { expect, it } from 'vitest';
import { freePort } from '../../helpers/free-port.ts';
import { waitFor } from '../../helpers/wait.ts';
import { everything, offering, offeringHttp, stage } from './stage.ts';

const FORM = { elicitation: { form: {} } };

it('puts the question of a legacy server to the modern client whose call made it ask', async () => {
  await using on = await stage({ everything: everything() });
  const client = await on.modern('/mcp', FORM);
  const asked: unknown[] = [];
  client.setRequestHandler('elicitation/create', (request) => {
    asked.push(request.params.message);
    return { action: 'accept', content: { name: 'Ada', check: true } };
  });
  // That the server has other tools for those who can be asked may turn out a moment later than lists are answered.
  const name = await waitFor('the tool to show', async () => {
    const { tools } = await client.listTools(undefined, { cacheMode: 'refresh' });
    return tools.find((tool) => tool.name.includes('elicitation-request'))?.name;
  });
  const result = await client.callTool({ name, arguments: {} });
  expect(asked.length).toBe(1);
  expect(JSON.stringify(result.content)).toContain('Ada');
});

it('lets the question of a modern server pass, with its state, and the answer find its way back', async () => {
  await using on = await stage({
    new: offeringHttp(await freePort(), { era: 'modern', tools: ['ask'] }),
    other: offering({ tools: ['ask'] }),
  });
  const call = { name: 'new__ask', arguments: {} };
  const first = await on.ask('/mcp', 'tools/call', call, { capabilities: FORM });
  expect(first.result).toMatchObject({ resultType: 'input_required', requestState: 'mine.1' });
  const { requestState } = first.result;
  const inputResponses = { q: { action: 'decline' } };
  const last = await on.ask('/mcp', 'tools/call', { ...call, requestState, inputResponses }, { capabilities: FORM });
  expect(JSON.parse(last.result.content[0].text)).toEqual({ responses: inputResponses, state: 'mine.1' });
  // The same for a client of the other era.
  const client = await on.legacy('/mcp', { elicitation: {} });
  const { ElicitRequestSchema } = await import('@modelcontextprotocol/sdk/types.js');
  client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'cancel' }));
  expect(JSON.stringify(await client.callTool(call))).toContain('cancel');
});

it('never forwards a question of a kind that the client did not declare', async () => {
  await using on = await stage({ new: offeringHttp(await freePort(), { era: 'modern', tools: ['sample', 'want'] }) });
  for (const endpoint of ['/mcp', '/new/mcp']) {
    const name = endpoint === '/mcp' ? 'new__sample' : 'sample';
    const { result, error } = await on.ask(endpoint, 'tools/call', { name, arguments: {} }, { capabilities: FORM });
    expect(result).toBeUndefined();
    expect(error).toMatchObject({ code: -32021, data: { requiredCapabilities: { sampling: {} } } });
    expect(error?.message).toBe('new cannot do this for a client that does not offer sampling: use one that does');
  }
  const wanted = await on.ask('/mcp', 'tools/call', { name: 'new__want', arguments: {} });
  expect(wanted.status).toBe(400);
  expect(wanted.error?.message).toBe('new cannot do this for a client that does not offer sampling: use one that does');
});

it('tells the progress of a call under the token of its client, and whose call it was', async () => {
  await using on = await stage({ everything: everything(), other: offering({ tools: ['a'] }) });
  const client = await on.modern('/mcp');
  const { tools } = await client.listTools();
  const name = tools.find((tool) => tool.name.includes('long-running'))?.name ?? '';
  const steps: number[] = [];
  await client.callTool(
    { name, arguments: { duration: 0.3, steps: 3 } },
    { onprogress: ({ progress }) => void steps.push(progress) },
  );
  expect(steps).toEqual([1, 2, 3]);
  const { entries } = await on.api.traffic({ after: 0, limit: 100 });
  const call = entries.find(({ method }) => method === 'tools/call');
  expect(call).toMatchObject({ server: 'everything', subject: name, outcome: 'ok' });
  expect(entries.find(({ method }) => method === 'tools/list')).toMatchObject({ server: null });
});

it('refuses a call whose headers tell another story than its arguments, to one server and to all', async () => {
  const inputSchema = { type: 'object', properties: { region: { type: 'string', 'x-mcp-header': 'Region' } } };
  await using on = await stage({ one: offering({ tools: [{ name: 'look', inputSchema }] }) });
  for (const [endpoint, name] of [
    ['/mcp', 'one__look'],
    ['/one/mcp', 'look'],
  ] as const) {
    const call = { name, arguments: { region: 'eu' } };
    const without = await on.ask(endpoint, 'tools/call', call);
    expect(without).toMatchObject({ status: 400, error: { code: -32020 } });
    const good = await on.ask(endpoint, 'tools/call', call, { headers: { 'mcp-param-region': 'eu' } });
    expect(good).toMatchObject({ status: 200, error: undefined });
    const bad = await on.ask(endpoint, 'tools/call', call, { headers: { 'mcp-param-region': 'us' } });
    expect(bad).toMatchObject({ status: 400, error: { code: -32020 } });
  }
  // The client of the SDK repeats them by itself.
  const client = await on.modern('/mcp');
  await client.listTools();
  expect(JSON.stringify(await client.callTool({ name: 'one__look', arguments: { region: 'eu' } }))).toContain('look');
});

it('repeats arguments in headers for a server that wants it so, also when its list came from memory', async () => {
  const inputSchema = { type: 'object', properties: { region: { type: 'string', 'x-mcp-header': 'Region' } } };
  const offer = { era: 'modern', tools: [{ name: 'look', inputSchema }] };
  await using on = await stage({ one: offeringHttp(await freePort(), offer) });
  const call = { name: 'look', arguments: { region: 'eu' } };
  const { result } = await on.ask('/one/mcp', 'tools/call', call, { headers: { 'mcp-param-region': 'eu' } });
  expect(JSON.parse(result.content[0].text).headers).toMatchObject({ 'mcp-param-region': 'eu' });
});
