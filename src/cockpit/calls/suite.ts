import type { CallOutcome } from '../../supervisor/api.ts';

/** One call that is to be made again by a test, and how it went when it was kept. */
export interface CallCase {
  readonly server: string;
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** The raw result of `tools/call`; null where none is known. */
  readonly result: Readonly<Record<string, unknown>> | null;
}

export interface SuiteFile {
  /** `mcp-suite-weather-20260801-103207.json` */
  readonly name: string;
  readonly text: string;
  readonly cases: number;
}

/** A result's text is expected word for word up to this length, else its first line. */
const WHOLE_TEXT = 400;

/** What a result must be like the next time: as much an error as now, and with the text it begins with. */
function expectedOf(result: CallCase['result']): Readonly<Record<string, unknown>> {
  const [first] = Array.isArray(result?.content) ? (result.content as readonly unknown[]) : [];
  const text: unknown = typeof first === 'object' && first !== null && 'text' in first ? first.text : null;
  const isError = result?.isError === true;
  if (typeof text !== 'string' || text === '') return { isError };
  return { isError, contains: text.length <= WHOLE_TEXT ? text : (text.split('\n')[0] ?? '').slice(0, WHOLE_TEXT) };
}

/** `20260801-103207`, local time. */
function stamp(at: number): string {
  const local = new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString();
  return local.slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
}

/** Suites as `mcp-test` reads them, one file for each server. */
export function suiteFiles(cases: readonly CallCase[], at: number): readonly SuiteFile[] {
  const byServer = Map.groupBy(cases, ({ server }) => server);
  return Array.from(byServer, ([server, own]) => {
    const seen = new Map<string, number>();
    const tests = own.map(({ tool, args, result }) => {
      const count = (seen.get(tool) ?? 0) + 1;
      seen.set(tool, count);
      const name = count === 1 ? tool : `${tool} ${count}`;
      return { name, type: 'tool', tool, args, expected: expectedOf(result) };
    });
    const text = `${JSON.stringify({ server_name: server, tests }, null, 2)}\n`;
    return { name: `mcp-suite-${server.replace(/[^\w.-]/g, '_')}-${stamp(at)}.json`, text, cases: own.length };
  });
}

/** The call a recorded request was, or a sentence about why it cannot be made again. */
export function caseOf(server: string | null, request: unknown, response: unknown): CallCase | string {
  const params = member(request, 'params');
  const name = member(params, 'name');
  const args = member(params, 'arguments') ?? {};
  if (member(request, 'method') !== 'tools/call' || typeof name !== 'string')
    return 'only calls of tools can be made again';
  if (server === null) return 'no server answered this call';
  if (typeof args !== 'object' || args === null || Array.isArray(args))
    return 'its arguments are no longer there in full';
  const result = member(response, 'result');
  // A gateway shows tools as `server__tool`; the server itself knows them without.
  const tool = name.startsWith(`${server}__`) ? name.slice(server.length + 2) : name;
  const isResult = typeof result === 'object' && result !== null;
  return { server, tool, args: { ...args }, result: isResult ? { ...result } : null };
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}

/** A call just made. */
export const resultOf = (outcome: CallOutcome | null): CallCase['result'] =>
  outcome?.ok === true ? outcome.result : null;
