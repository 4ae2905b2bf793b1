import { Option } from 'commander';
import type { Scope } from '../../claude/claude-code.ts';
import type { CommonFlags } from '../context.ts';
import type { Run } from '../task.ts';
import { type NewVerb, withExamples, withJson } from '../verb.ts';

interface InstallWords extends CommonFlags {
  readonly scope?: Scope;
  readonly perServer?: boolean;
  readonly replace?: boolean;
  readonly undo?: boolean;
}

/** `install`, `uninstall`, `which`, `headers`. */
export function addEntryVerbs(verb: NewVerb, run: Run): void {
  const install = verb('install', "write the hub into Claude Code's configuration")
    .addOption(new Option('--scope <scope>', 'who gets it (default: user)').choices(['user', 'project', 'local']))
    .option('--per-server', 'one entry for each server instead of one for all')
    .option('--replace', 'remove entries of servers that are in the registry, without asking')
    .option('--undo', 'take the last install back, what it removed included');
  withJson(install).action(
    ({ scope = 'user', perServer = false, replace = false, undo = false, ...flags }: InstallWords) => {
      run({
        flags,
        work: async (context) => {
          const { late } = await import('./late.ts');
          return undo ? late.undoLast(context) : late.install(context, { scope, perServer, replace });
        },
      });
    },
  );
  withExamples(install, [
    ['claude-mcp install', 'all servers, in every folder'],
    ['claude-mcp install --scope project', 'for everybody who works in this folder (.mcp.json)'],
    ['claude-mcp install --per-server', 'one entry each'],
    ['claude-mcp install --undo', 'as it was before'],
  ]);

  const uninstall = withJson(verb('uninstall', 'remove our entries, and put back what installs removed'));
  uninstall.action((flags: CommonFlags) => {
    run({ flags, work: async (context) => (await import('./late.ts')).late.uninstall(context) });
  });
  withExamples(uninstall, [['claude-mcp uninstall', 'entries that were changed since are left alone, and told']]);

  const which = withJson(verb('which', 'which entries of which scope count in this folder'));
  which.action((flags: CommonFlags) => {
    run({ flags, work: async (context) => (await import('./late.ts')).late.which(context) });
  });
  withExamples(which, [['claude-mcp which', 'and which are shadowed by another scope']]);

  const headers = verb('headers', 'print the headers for the hub, as its entry asks for them');
  headers.action((flags: CommonFlags) => {
    run({ flags, work: async (context) => (await import('./late.ts')).late.headers(context) });
  });
  withExamples(headers, [['claude-mcp headers', 'the token, if it is our supervisor that listens; else why not']]);
}
