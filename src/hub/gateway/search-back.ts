import { isJsonObject, type JsonObject, type RpcNotification } from '../../protocol/json-rpc.ts';
import { didYouMean } from '../../registry/did-you-mean.ts';
import { rankTools } from '../../router/rank-tools.ts';
import type { Back, Call, Client, Greeting, Interests, Reply, Subscription } from '../call.ts';
import { INVALID_PARAMS, rpcError } from '../rpc-codes.ts';
import { sentenceOf } from '../sentence-of.ts';
import type { GatewayBack } from './gateway-back.ts';
import { TOOLS } from './kinds.ts';
import { redirected } from './redirected.ts';
import { DEFAULT_LIMIT, MOST_FOUND, SEARCH_TOOLS } from './search-tools.ts';

const HEADING =
  'MCP Cockpit: several MCP servers behind three tools. Search theirs with find_tools, read one with describe_tool, ' +
  'use it with call_tool.';

/** A gateway whose tools are found instead of listed, for clients that would load every definition at once. */
export class SearchBack implements Back {
  readonly #gateway: GatewayBack;

  constructor(gateway: GatewayBack) {
    this.#gateway = gateway;
  }

  async greet(): Promise<Greeting> {
    return this.#gateway.introduced(HEADING);
  }

  async call(call: Call): Promise<Reply> {
    const { method, params } = call;
    if (method === 'tools/list') return listOfTools();
    if (method !== 'tools/call') return await this.#gateway.call(call);
    const name = String(params.name);
    const tool = Object.hasOwn(HANDLERS, name) ? HANDLERS[name] : undefined;
    if (!tool) {
      return refusal(`Unknown tool: ${name.slice(0, 200)}. Other tools are called with call_tool {"name": …}`);
    }
    try {
      return await tool(this, call, isJsonObject(params.arguments) ? params.arguments : {});
    } catch (error) {
      return toolError(sentenceOf(error));
    }
  }

  /** Three tools that no client needs to be told the arguments of in headers. */
  inputSchema(): null {
    return null;
  }

  subscribe(client: Client, interests: Interests, tell: (notification: RpcNotification) => void): Subscription {
    // These three never change.
    return this.#gateway.subscribe(client, { ...interests, tools: false }, tell);
  }

  setLogLevel(client: Client, level: string): void {
    this.#gateway.setLogLevel(client, level);
  }

  notice(client: Client, notification: RpcNotification): void {
    this.#gateway.notice(client, notification);
  }

  leave(client: Client): void {
    this.#gateway.leave(client);
  }

  async find({ client }: Call, { query, limit }: JsonObject): Promise<Reply> {
    if (typeof query !== 'string' || query.trim() === '') return toolError('query must say what you want to do');
    const most = typeof limit === 'number' && limit >= 1 ? Math.min(Math.floor(limit), MOST_FOUND) : DEFAULT_LIMIT;
    const { items } = await this.#gateway.list(client, TOOLS);
    const found = rankTools(query, items.map(rankable)).slice(0, most);
    if (found.length === 0) {
      const why = items.length === 0 ? 'no server offers any tool now' : `none of ${items.length} tools matches`;
      return answered(`${why}. Try other words.`, { tools: [] });
    }
    const tools = found.map(({ tool }) => ({ name: tool.name, description: firstLines(tool.description) }));
    return answered(tools.map(({ name, description }) => `${name}: ${description}`).join('\n'), { tools });
  }

  async describe({ client }: Call, { name }: JsonObject): Promise<Reply> {
    const { items } = await this.#gateway.list(client, TOOLS);
    const tool = items.find((item) => item.name === name);
    return tool ? answered(JSON.stringify(tool, null, 2), tool) : toolError(unknownTool(name, items));
  }

  async pass(call: Call, { name, arguments: args }: JsonObject): Promise<Reply> {
    if (typeof name !== 'string') return toolError('name must be that of a tool, as find_tools gave it');
    const { name: _self, arguments: _own, ...rest } = call.params;
    const params = { ...rest, name, ...(args !== undefined && { arguments: args }) };
    const reply = await this.#gateway.call(redirected(call, 'tools/call', params));
    const isUnknown = 'error' in reply.answer && reply.answer.error.message.startsWith('Unknown tool: ');
    if (!isUnknown) return reply;
    const { items } = await this.#gateway.list(call.client, TOOLS);
    return toolError(unknownTool(name, items));
  }
}

type Handler = (face: SearchBack, call: Call, args: JsonObject) => Promise<Reply>;

const HANDLERS: Readonly<Record<string, Handler>> = {
  find_tools: (face, call, args) => face.find(call, args),
  describe_tool: (face, call, args) => face.describe(call, args),
  call_tool: (face, call, args) => face.pass(call, args),
};

function listOfTools(): Reply {
  const result = { resultType: 'complete', tools: SEARCH_TOOLS, ttlMs: 3_600_000, cacheScope: 'public' };
  return { era: 'modern', answer: { result } };
}

function rankable({ name, title, description, inputSchema, _meta }: JsonObject) {
  const properties = isJsonObject(inputSchema) && isJsonObject(inputSchema.properties) ? inputSchema.properties : {};
  const hint = isJsonObject(_meta) ? _meta['anthropic/searchHint'] : undefined;
  return {
    name: String(name),
    title: textOf(title),
    description: textOf(description),
    parameters: Object.keys(properties),
    hints: textOf(hint),
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Enough of a description to choose by. */
function firstLines(description: string): string {
  const line = description.replace(/\s+/g, ' ').trim();
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}

function unknownTool(name: unknown, items: readonly JsonObject[]): string {
  const wanted = String(name).slice(0, 200);
  const near = didYouMean(
    wanted,
    items.map((item) => String(item.name)),
  );
  return `there is no tool ${wanted}: ${near === null ? 'find_tools finds one' : `did you mean ${near}?`}`;
}

function answered(text: string, structuredContent: JsonObject): Reply {
  const result = { resultType: 'complete', content: [{ type: 'text', text }], structuredContent };
  return { era: 'modern', answer: { result } };
}

/** What went wrong, for the model to read. */
function toolError(text: string): Reply {
  const result = { resultType: 'complete', isError: true, content: [{ type: 'text', text }] };
  return { era: 'modern', answer: { result } };
}

function refusal(message: string): Reply {
  return { era: 'modern', answer: rpcError(INVALID_PARAMS, message) };
}
