import type { HubSettings } from '../../registry/settings.ts';
import type { ServerAccess } from '../../supervisor/server-access.ts';
import type { ServerBack } from '../back/server-back.ts';
import type { Back } from '../call.ts';
import { GatewayBack } from './gateway-back.ts';
import { SearchBack } from './search-back.ts';

interface GatewaysParts {
  readonly access: ServerAccess;
  readonly settings: HubSettings;
  readonly version: string;
  backOf(server: string): ServerBack;
}

/** Every gateway of the hub: one for all servers, one for each profile; each shows its tools, or a search for them. */
export class Gateways {
  readonly #parts: GatewaysParts;
  /** By profile; null is all servers. */
  readonly #open = new Map<string | null, GatewayBack>();

  constructor(parts: GatewaysParts) {
    this.#parts = parts;
  }

  /** Null for a profile that no server has and no setting names. */
  get(profile: string | null, face: 'list' | 'search'): Back | null {
    const gateway = this.#open.get(profile) ?? this.#make(profile);
    if (!gateway) return null;
    return face === 'list' ? gateway : new SearchBack(gateway);
  }

  /** A unit changed; `accepted`: which of its tools may show. */
  changed(name: string, accepted = false): void {
    for (const gateway of this.#open.values()) gateway.memberChanged(name, accepted);
  }

  registryChanged(): void {
    for (const gateway of this.#open.values()) gateway.registryChanged();
  }

  #make(profile: string | null): GatewayBack | null {
    const { access, settings, version, backOf } = this.#parts;
    const own = profile === null ? undefined : settings.profiles.get(profile);
    const isKnown =
      profile === null || own !== undefined || access.names().some((name) => belongs(access, name, profile));
    if (!isKnown) return null;
    const face = { profile, names: own?.names ?? 'prefixed', disabledTools: own?.disabledTools ?? [] } as const;
    const gateway = new GatewayBack({ access, face, version, backOf });
    this.#open.set(profile, gateway);
    return gateway;
  }
}

function belongs(access: ServerAccess, name: string, profile: string): boolean {
  return access.spec(name)?.profiles.includes(profile) === true;
}
