import { isJsonObject } from '../../protocol/json-rpc.ts';
import type { Offer, ServerAccess } from '../../supervisor/server-access.ts';
import type { ServerBack } from '../back/server-back.ts';

/** What a gateway shows, and how. */
export interface Face {
  /** Null: all servers. */
  readonly profile: string | null;
  /** `plain`: tools and prompts keep their names. */
  readonly names: 'prefixed' | 'plain';
  /** Tools that are left out: `<server>__<tool>`, also where names are plain. */
  readonly disabledTools: readonly string[];
}

export interface MembersParts {
  readonly access: ServerAccess;
  readonly face: Face;
  backOf(server: string): ServerBack;
}

/** The servers behind a gateway: those of its profile that are wanted, whether they are well or not, in registry order. */
export class Members {
  readonly #parts: MembersParts;

  constructor(parts: MembersParts) {
    this.#parts = parts;
  }

  get face(): Face {
    return this.#parts.face;
  }

  /** Those that show now. */
  names(): readonly string[] {
    return this.all().filter((name) => this.isShown(name));
  }

  /** Those that belong here, stopped or not. */
  all(): readonly string[] {
    const { access, face } = this.#parts;
    const { profile } = face;
    if (profile === null) return access.names();
    return access.names().filter((name) => access.spec(name)?.profiles.includes(profile));
  }

  /** Every server of the registry. */
  everybody(): readonly string[] {
    return this.#parts.access.names();
  }

  isShown(name: string): boolean {
    const { access, face } = this.#parts;
    const belongs = face.profile === null || access.spec(name)?.profiles.includes(face.profile) === true;
    return belongs && access.desired(name) === 'running';
  }

  backOf(name: string): ServerBack {
    return this.#parts.backOf(name);
  }

  offer(name: string): Offer | null {
    return this.backOf(name).offer();
  }

  /** What it declared that it can; null while nobody knows. */
  declares(name: string, capability: string): boolean | null {
    const declared = this.offer(name)?.greeting.capabilities;
    return isJsonObject(declared) ? declared[capability] !== undefined : null;
  }

  /** What it is good for: in the words of its entry, its own, or by its tools. */
  about(name: string): string | null {
    const offer = this.offer(name);
    const own = offer?.greeting.instructions;
    const said = this.#parts.access.spec(name)?.description ?? (typeof own === 'string' ? own : '');
    if (said.trim() !== '') return said;
    const tools = offer?.lists.tools.items.map((tool) => tool.name) ?? [];
    return tools.length > 0 ? tools.join(', ') : null;
  }

  /** Why it may not answer; null when all is well. */
  trouble(name: string): string | null {
    const view = this.#parts.access.view(name);
    if (!view) return 'gone';
    const { state, cause } = view;
    const isWell = state === 'ready' || state === 'asleep';
    if (isWell) return this.offer(name) ? null : 'shows its tools once it was awake';
    const why = cause ? `${state}: ${cause.what}` : state;
    return this.offer(name) ? why : `${why}, no tools yet`;
  }
}
