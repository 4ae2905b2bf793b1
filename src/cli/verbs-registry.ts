import { Argument, Option } from 'commander';
import { CLIENTS } from '../registry/import/sources.ts';
import type { NewServer } from './add.ts';
import type { CommonFlags } from './context.ts';
import type { Run } from './task.ts';
import {
  type NewVerb,
  needNames,
  SERVERS,
  variable,
  wholeNumber,
  withExamples,
  withJson,
  withServers,
} from './verb.ts';

interface ImportWords extends CommonFlags {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** `add`, `import`, `edit`, `remove`. */
export function addRegistryVerbs(verb: NewVerb, run: Run): void {
  const add = verb('add', 'add a server to the registry')
    .usage('<name> [options] (-- <command> [args…] | --url <url>)')
    .argument('<name>', 'what to call it')
    .argument('[command...]', 'what to run, behind --; one quoted word is a shell line')
    .option('--url <url>', 'a remote server, instead of a command')
    .addOption(new Option('--transport <kind>', 'how it speaks').choices(['http', 'sse', 'stdio', 'remote']))
    .option('--port <number>', 'the port it listens on', wholeNumber)
    .option('--path <folder>', 'the folder it runs in')
    .option('--env <K=V>', 'a variable for it (repeatable)', variable);
  add.action((name: string, command: string[], flags: CommonFlags & NewServer) => {
    run({ flags, work: async (context) => (await import('./late.ts')).late.add(context, name, command, flags) });
  });
  withExamples(add, [
    ['mcp add time -- npx -y @example/time-server', 'speaks over stdio'],
    ['mcp add notes --port 8060 -- uv run server.py', 'speaks HTTP on its own port'],
    ['mcp add search --url https://mcp.example.com/mcp', 'runs somewhere else'],
  ]);

  addImport(verb, run);

  const edit = verb('edit', 'open the registry in $VISUAL or $EDITOR, at the entry').argument(`[${SERVERS}]`, 'a name');
  edit.action((name: string | undefined, flags: CommonFlags) => {
    run({ flags, work: async (context) => (await import('./late.ts')).late.edit(context, name) });
  });
  withExamples(edit, [['mcp mem0 edit', 'what is wrong with it is told when the editor is closed']]);

  const remove = withServers(verb('remove', 'take stopped servers out of the registry')).option(
    '-y, --yes',
    'do not ask',
  );
  remove.action((words: string[], { yes = false, ...flags }: CommonFlags & { readonly yes?: boolean }) => {
    needNames(words, 'remove');
    run({ flags, work: async (context) => (await import('./late.ts')).late.remove(context, words, { yes }) });
  });
  withExamples(remove, [['mcp time stop && mcp time remove', 'its log stays']]);
}

function addImport(verb: NewVerb, run: Run): void {
  // Offered by completion, and not checked: it may be a file as well.
  const source = new Argument('[source]', 'a program, or a file; without a word all of them')
    .choices([...CLIENTS])
    .argParser((word) => word);
  const command = verb('import', 'take servers over from other programs; secrets go into env files')
    .addArgument(source)
    .option('--dry-run', 'only show what would be imported')
    .option('-y, --yes', 'do not ask; where a name is taken, the server is skipped');
  withJson(command).action((source: string | undefined, { dryRun = false, yes = false, ...flags }: ImportWords) => {
    run({
      flags,
      work: async (context) => (await import('./late.ts')).late.importServers(context, source, { dryRun, yes }),
    });
  });
  withExamples(command, [
    ['mcp import --dry-run', 'what Claude Code, Cursor, VS Code … have'],
    ['mcp import claude-code', 'every scope of it'],
    ['mcp import ./mcp.json', 'any file with mcpServers'],
  ]);
}
