import type { Lists } from '../../protocol/catalog.ts';

/** The lists that the gateway makes of those of its servers. */
export interface Kind {
  readonly method: 'tools/list' | 'prompts/list' | 'resources/list' | 'resources/templates/list';
  /** Under which the items stand in the result, and in what a server was known to offer. */
  readonly key: keyof Lists;
  /** What a server declares that has any. */
  readonly capability: 'tools' | 'prompts' | 'resources';
}

export const TOOLS: Kind = { method: 'tools/list', key: 'tools', capability: 'tools' };
export const PROMPTS: Kind = { method: 'prompts/list', key: 'prompts', capability: 'prompts' };
export const RESOURCES: Kind = { method: 'resources/list', key: 'resources', capability: 'resources' };
export const TEMPLATES: Kind = {
  method: 'resources/templates/list',
  key: 'resourceTemplates',
  capability: 'resources',
};
