import { isJsonObject, type JsonObject, type RpcNotification } from '../../protocol/json-rpc.ts';
import type { Offer } from '../../supervisor/server-access.ts';
import type { Back, Call, Client, Greeting, Interests, Reply, Subscription } from '../call.ts';
import { INTERNAL_ERROR, INVALID_PARAMS, METHOD_NOT_FOUND, rpcError, SERVER_ERROR } from '../rpc-codes.ts';
import { sentenceOf } from '../sentence-of.ts';
import { Composition } from './composition.ts';
import { GatewaySubscriber } from './gateway-subscribers.ts';
import { gatewayGreeting } from './greeting.ts';
import { indexText } from './index-text.ts';
import { type Kind, PROMPTS, RESOURCES, TEMPLATES, TOOLS } from './kinds.ts';
import { type Listed, MemberLists } from './member-lists.ts';
import { Members, type MembersParts } from './members.ts';
import { redirected } from './redirected.ts';
import { inOwnName, underAsked } from './upstream-reply.ts';

export interface GatewayParts extends MembersParts {
  readonly version: string;
}

/** Servers that may be asked for one resource that nobody lists. */
const MOST_TRIES = 5;
const NOT_FOUND: ReadonlySet<number> = new Set([-32002, INVALID_PARAMS, METHOD_NOT_FOUND]);

/** What was last known of a server: whether it shows, and what it offers. */
interface Known {
  readonly isShown: boolean;
  readonly lists: Offer['lists'] | null;
  readonly fingerprint: string;
}

/** Several servers as one. */
export class GatewayBack implements Back {
  readonly #version: string;
  readonly #members: Members;
  readonly #lists: MemberLists;
  readonly #composition: Composition;
  readonly #subscribers = new Set<GatewaySubscriber>();
  readonly #known = new Map<string, Known>();

  constructor(parts: GatewayParts) {
    this.#version = parts.version;
    this.#members = new Members(parts);
    this.#lists = new MemberLists(
      (server) => this.#members.backOf(server),
      (_server, kind) => this.#tell([kind]),
    );
    this.#composition = new Composition(this.#members, this.#lists);
    for (const name of this.#members.all()) this.#note(name, false);
  }

  async greet(): Promise<Greeting> {
    const shows = this.#members.face.names === 'plain' ? 'under their own names' : 'as <server>__<tool>';
    return this.introduced(`MCP Cockpit: several MCP servers as one. Their tools and prompts show ${shows}.`);
  }

  /** The greeting, with what stands above the index of the servers in its instructions. */
  introduced(heading: string): Greeting {
    const names = this.#members.names();
    const lines = names.map((server) => ({
      server,
      prefix: this.#composition.prefixOf(server),
      about: this.#members.about(server),
      trouble: this.#members.trouble(server),
    }));
    const declared = names.flatMap((name) => {
      const capabilities = this.#members.offer(name)?.greeting.capabilities;
      return isJsonObject(capabilities) ? [capabilities] : [];
    });
    return gatewayGreeting(declared, indexText(lines, heading), this.#version);
  }

  async call(call: Call): Promise<Reply> {
    const route = Object.hasOwn(ROUTES, call.method) ? ROUTES[call.method] : undefined;
    if (!route) return refusal(METHOD_NOT_FOUND, `Method not found: ${call.method.slice(0, 100)}`);
    try {
      return await route(this, call);
    } catch (error) {
      return refusal(SERVER_ERROR, sentenceOf(error));
    }
  }

  /** A whole list. @throws ProblemError where names collide that must stay as they are */
  list(client: Client, kind: Kind): Promise<Listed> {
    return this.#composition.list(client, kind);
  }

  inputSchema(shown: unknown): JsonObject | null {
    if (typeof shown !== 'string') return null;
    const [owner] = this.#composition.ownersKnown(TOOLS, shown);
    return owner ? this.#members.backOf(owner.server).inputSchema(owner.name) : null;
  }

  subscribe(client: Client, interests: Interests, tell: (notification: RpcNotification) => void): Subscription {
    const subscriber = new GatewaySubscriber({
      members: this.#members,
      client,
      interests,
      tell,
      addressOf: (uri) => this.#composition.addressesOf(uri)[0] ?? null,
      stale: (server) => this.#lists.changed(server),
    });
    this.#subscribers.add(subscriber);
    return {
      ready: subscriber.ready,
      cancel: () => {
        this.#subscribers.delete(subscriber);
        subscriber.close();
      },
    };
  }

  setLogLevel(client: Client, level: string): void {
    for (const name of this.#members.names()) this.#members.backOf(name).setLogLevel(client, level);
  }

  notice(client: Client, notification: RpcNotification): void {
    for (const name of this.#members.names()) this.#members.backOf(name).notice(client, notification);
  }

  leave(client: Client): void {
    for (const name of this.#members.all()) this.#members.backOf(name).leave(client);
  }

  /** A unit changed its state, or what it offers. `accepted`: which of its tools may show. */
  memberChanged(name: string, accepted = false): void {
    if (!this.#note(name, accepted)) return;
    this.#lists.changed(name);
    for (const subscriber of this.#subscribers) subscriber.refresh();
    this.#tell([TOOLS, PROMPTS, RESOURCES]);
  }

  /** The registry changed. */
  registryChanged(): void {
    const isRenamed = this.#composition.registryChanged();
    for (const name of new Set([...this.#known.keys(), ...this.#members.all()])) this.memberChanged(name);
    if (isRenamed) this.#tell([TOOLS, PROMPTS, RESOURCES]);
  }

  async listed(call: Call, kind: Kind): Promise<Reply> {
    const { items, ttlMs, isPublic } = await this.#composition.list(call.client, kind);
    const cacheScope = isPublic ? 'public' : 'private';
    return { era: 'modern', answer: { result: { resultType: 'complete', [kind.key]: items, ttlMs, cacheScope } } };
  }

  /** A tool call, or a prompt. */
  async named(call: Call, kind: typeof TOOLS | typeof PROMPTS): Promise<Reply> {
    const shown = String(call.params.name);
    const owner = await this.#composition.ownerOf(call.client, kind, shown);
    if (!owner) return refusal(INVALID_PARAMS, `Unknown ${kind === TOOLS ? 'tool' : 'prompt'}: ${shown.slice(0, 200)}`);
    return await this.#pass(call, owner.server, { ...call.params, name: owner.name });
  }

  async read(call: Call): Promise<Reply> {
    const asked = String(call.params.uri);
    let first: Reply | null = null;
    for (const address of this.#composition.addressesOf(asked).slice(0, MOST_TRIES)) {
      const reply = await this.#pass(call, address.server, { ...call.params, uri: address.uri });
      if (!('error' in reply.answer)) return underAsked(reply, address, asked);
      if (!NOT_FOUND.has(reply.answer.error.code)) return reply;
      first ??= reply;
    }
    return first ?? refusal(INVALID_PARAMS, `Resource not found: ${asked.slice(0, 200)}`);
  }

  async complete(call: Call): Promise<Reply> {
    const ref = isJsonObject(call.params.ref) ? call.params.ref : {};
    const owner = await this.#referred(call, ref);
    if (!owner) return refusal(INVALID_PARAMS, 'Invalid params: ref is nobody’s');
    return await this.#pass(call, owner.server, { ...call.params, ref: { ...ref, ...owner.ref } });
  }

  async #referred(call: Call, { type, name, uri }: JsonObject): Promise<{ server: string; ref: JsonObject } | null> {
    if (type === 'ref/prompt' && typeof name === 'string') {
      const owner = await this.#composition.ownerOf(call.client, PROMPTS, name);
      return owner && { server: owner.server, ref: { name: owner.name } };
    }
    const [address] = typeof uri === 'string' ? this.#composition.addressesOf(uri) : [];
    return address ? { server: address.server, ref: { uri: address.uri } } : null;
  }

  async #pass(call: Call, server: string, params: JsonObject): Promise<Reply> {
    if (!this.#members.isShown(server)) return refusal(INTERNAL_ERROR, `${server} is gone`);
    const reply = await this.#members.backOf(server).call(redirected(call, call.method, params));
    return inOwnName(reply, server, call.client);
  }

  #tell(kinds: readonly Kind[]): void {
    for (const subscriber of this.#subscribers) for (const kind of kinds) subscriber.changed(kind);
  }

  /** Returns whether the server shows otherwise than before. */
  #note(name: string, accepted: boolean): boolean {
    const before = this.#known.get(name);
    const isShown = this.#members.isShown(name);
    const offer = isShown ? this.#members.offer(name) : null;
    const lists = offer?.lists ?? null;
    if (before && !accepted && before.isShown === isShown && before.lists === lists) return false;
    const tools = lists ? this.#members.backOf(name).tools() : [];
    const fingerprint = isShown ? fingerprintOf(offer, tools) : 'not shown';
    this.#known.set(name, { isShown, lists, fingerprint });
    return before?.fingerprint !== fingerprint;
  }
}

const ROUTES: Readonly<Record<string, (gateway: GatewayBack, call: Call) => Promise<Reply>>> = {
  'tools/list': (gateway, call) => gateway.listed(call, TOOLS),
  'prompts/list': (gateway, call) => gateway.listed(call, PROMPTS),
  'resources/list': (gateway, call) => gateway.listed(call, RESOURCES),
  'resources/templates/list': (gateway, call) => gateway.listed(call, TEMPLATES),
  'tools/call': (gateway, call) => gateway.named(call, TOOLS),
  'prompts/get': (gateway, call) => gateway.named(call, PROMPTS),
  'resources/read': (gateway, call) => gateway.read(call),
  'completion/complete': (gateway, call) => gateway.complete(call),
};

function refusal(code: number, message: string): Reply {
  return { era: 'modern', answer: rpcError(code, message) };
}

function fingerprintOf(offer: Offer | null, tools: readonly { readonly disabled: unknown }[]): string {
  if (!offer) return 'unknown';
  const { prompts, resources, resourceTemplates } = offer.lists;
  const held = tools.map(({ disabled }) => disabled !== null);
  return JSON.stringify([offer.hash, held, prompts.items, resources.items, resourceTemplates.items]);
}
