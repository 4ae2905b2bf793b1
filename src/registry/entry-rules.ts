import { constants } from 'node:os';
import { didYouMean } from './did-you-mean.ts';
import type { ServerEntry, Transport } from './entry.ts';

/** A remark on one field of an entry; `path` says where it stands in the file. */
export interface Remark {
  readonly path: readonly string[];
  /** The key itself is meant, not its value. */
  readonly atKey?: true;
  readonly what: string;
  readonly why?: string;
  readonly next?: string;
}

export interface Remarks {
  /** The entry cannot be run as it stands. */
  readonly problems: readonly Remark[];
  /** It can, but probably not as meant. */
  readonly warnings: readonly Remark[];
}

/** The transport an entry means: its own word, else `remote` with a URL, `http` with a port, `stdio` with neither. */
export function transportOf(entry: ServerEntry): Transport {
  return entry.transport ?? (entry.url !== undefined ? 'remote' : entry.port !== undefined ? 'http' : 'stdio');
}

/** What no single field shows: fields that contradict each other, are missing, or are legal and yet look wrong. */
export function checkEntry(entry: ServerEntry): Remarks {
  const problems: Remark[] = [];
  const warnings: Remark[] = [];
  const transport = transportOf(entry);
  const { url, command, port } = entry;

  if (entry.transport === undefined && url !== undefined && command !== undefined) {
    problems.push({
      path: ['url'],
      what: 'it has both a "command" and a "url"',
      next: 'remove one of them, or say "transport": "remote" or "http"',
    });
  } else if (entry.transport === undefined && url !== undefined && port !== undefined) {
    problems.push({
      path: ['port'],
      what: 'it has both a "port" and a "url"',
      next: 'say "transport": "remote" if the server runs elsewhere, or give it a "command" in place of the "url"',
    });
  } else if (transport === 'remote') {
    if (url === undefined) {
      problems.push({ path: [], what: 'a remote server needs a "url"', next: 'add "url": "https://…"' });
    } else {
      const fault = urlFault(url);
      if (fault !== null) problems.push({ path: ['url'], what: `"url" ${fault}`, next: 'write it as "https://…"' });
    }
    if (command !== undefined) {
      warnings.push({ path: ['command'], what: '"command" is ignored: a remote server is only reached by its "url"' });
    }
  } else {
    if (command === undefined || command.trim() === '') {
      problems.push({
        path: command === undefined ? [] : ['command'],
        what: command === undefined ? 'it has no "command"' : '"command" is empty',
        next: 'add "command": "…" for a server that runs here, or "url": "https://…" for one that runs elsewhere',
      });
    }
    if (transport !== 'stdio' && port === undefined) {
      problems.push({
        path: entry.transport === undefined ? [] : ['transport'],
        what: `a server of transport "${transport}" needs a "port"`,
        next: 'add "port": 8060, or say "transport": "stdio"',
      });
    }
    if (entry.url !== undefined) {
      warnings.push({ path: ['url'], what: '"url" is ignored: it belongs to servers of transport "remote"' });
    }
    if (entry.headers !== undefined && transport === 'stdio') {
      warnings.push({ path: ['headers'], what: '"headers" is ignored: a stdio server gets no requests with headers' });
    }
  }

  if (port !== undefined && port >= 32_768) {
    warnings.push({
      path: ['port'],
      what: `port ${port} may be taken at any time`,
      why: 'from 32768 on the system hands ports out to outgoing connections',
      next: 'choose a port below 32768',
    });
  }
  const signal = entry.stop?.signal;
  if (signal !== undefined && !Object.hasOwn(constants.signals, signal)) {
    const suggestion = didYouMean(signal, Object.keys(constants.signals));
    problems.push({
      path: ['stop', 'signal'],
      what: `this system knows no signal "${signal}"`,
      next: suggestion === null ? 'write "SIGTERM"' : `did you mean "${suggestion}"?`,
    });
  }
  problems.push(...impossibleTexts(entry));
  warnings.push(...unequalPorts(entry));
  return { problems, warnings };
}

function urlFault(url: string): string | null {
  if (url.includes('${')) return null;
  if (!URL.canParse(url)) return 'is no URL';
  const { protocol } = new URL(url);
  return protocol === 'http:' || protocol === 'https:' ? null : `must begin with http:// or https://, not ${protocol}`;
}

/** What no process can be started with: the kernel separates texts by NUL, and a variable's name from its value by `=`. */
function impossibleTexts({ command, path, args = [], env = {}, headers = {} }: ServerEntry): Remark[] {
  const texts: [string[], string | undefined][] = [
    [['command'], command],
    [['path'], path],
    ...args.map((arg, index): [string[], string] => [['args', `${index}`], arg]),
    ...Object.entries(env).map(([name, value]): [string[], string] => [['env', name], value]),
    ...Object.entries(headers).map(([name, value]): [string[], string] => [['headers', name], value]),
  ];
  return [
    ...texts
      .filter(([, text]) => text?.includes('\0'))
      .map(([field]) => ({
        path: field,
        what: `"${field.join('.')}" contains a NUL character`,
        next: 'remove \\u0000',
      })),
    ...Object.keys(env)
      .filter((name) => !/^[^=\0]+$/.test(name))
      .map((name) => ({
        path: ['env', name],
        atKey: true as const,
        what: `a variable cannot be called ${JSON.stringify(name)}`,
        next: 'write "NAME": "value"',
      })),
  ];
}

/** Both orders are common in the wild; equal pairs are safe either way, so only unequal ones are worth a word. */
function unequalPorts(entry: ServerEntry): Remark[] {
  return Object.entries(entry.dependencies ?? {}).flatMap(([key, dependency]) =>
    dependency.type !== 'docker'
      ? []
      : Object.entries(dependency.ports ?? {})
          .filter(([host, container]) => host !== container.replace(/\/(?:tcp|udp)$/, ''))
          .map(([host, container]) => ({
            path: ['dependencies', key, 'ports', host],
            what: `port ${host} of this machine leads to port ${container} of the container`,
            why: 'the order is host:container, as in compose',
            next: `if it was meant the other way round, write {"${container}": "${host}"}`,
          })),
  );
}
