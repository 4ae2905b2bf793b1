import { parse, TomlError } from 'smol-toml';
import { literal } from './dialect.ts';
import { type Format, fromServers } from './formats.ts';

/** `config.toml` of Codex: tables `[mcp_servers.NAME]`. */
export const codexFile: Format = (text, { file, folder }) => {
  try {
    const { mcp_servers: servers } = parse(text.replace(/^\uFEFF/, ''));
    return { ok: true, value: fromServers(servers, literal, folder) };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    return {
      ok: false,
      problem: {
        what: `${file}:${error.line}:${error.column} is not valid TOML`,
        // The message goes on with an excerpt of the file, which may hold secrets.
        why: error.message.split('\n')[0]?.replace(/^Invalid TOML document: /, '') ?? '',
        next: 'mend that line',
      },
    };
  }
};
