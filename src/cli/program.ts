import { Command, InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../registry/duration.ts';
import type { SupervisorApi } from '../supervisor/api.ts';
import { wrongUse } from './command-error.ts';
import type { CommonFlags, Context } from './context.ts';
import type { ExitCode } from './exit-codes.ts';
import type { LogFlags } from './logs.ts';

/** What a command line asks for, ready to run. */
export interface Task {
  readonly flags: CommonFlags;
  readonly work: (context: Context) => Promise<ExitCode>;
}

export interface CockpitFlags {
  /** The status table instead, whatever the terminal can do. */
  readonly plain: boolean;
  readonly inProcess: boolean;
  readonly readOnly: boolean;
}

/** The screen, which this layer may not import: the program hands it in. Resolves to the exit code. */
export type RunCockpit = (cockpit: {
  /** Attaches to the supervisor, starting one first when there is none; again after the connection was lost. */
  readonly open: () => Promise<SupervisorApi>;
  readonly context: Context;
  readonly readOnly: boolean;
}) => Promise<ExitCode>;

/** The argument that takes servers; completion knows it by this name. */
export const SERVERS = 'servers';
const WHICH = `names, "all", or "@profile"`;

interface WaitFlags extends CommonFlags {
  readonly wait?: number | false;
  readonly env?: Record<string, string>;
  readonly fg?: boolean;
}

interface AddFlags extends CommonFlags {
  readonly url?: string;
  readonly transport?: string;
  readonly port?: number;
  readonly path?: string;
  readonly env?: Record<string, string>;
}

/**
 * The whole grammar of `mcp`, verb first (see `word-order.ts`). Parsing hands `run` exactly one task, or throws.
 * Each verb's code is loaded when its task runs.
 */
export function buildProgram(run: (task: Task) => void, runCockpit: RunCockpit): Command {
  const program = new Command('mcp')
    .description('Runs your MCP servers and shows them in a full-screen cockpit.')
    .usage('[options]\n       mcp <verb> [servers…] [options]\n       mcp <servers…> <verb> [options]')
    .option('--plain', 'print the status table and exit, also on a terminal')
    .option('--in-process', 'supervise from inside the cockpit; servers end with it unless they speak HTTP')
    .option('--read-only', 'a cockpit that shows everything and changes nothing')
    .option('--json', 'print the status as JSON and exit')
    .option('--no-color', 'no colours (also: NO_COLOR=1)')
    .helpOption('-h, --help', 'show help; mcp help <verb> for one verb')
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .action((flags: CommonFlags & Partial<CockpitFlags>) => {
      const { plain = false, inProcess = false, readOnly = false } = flags;
      const cockpit = { plain, inProcess, readOnly };
      run({
        flags,
        work: async (context) => (await import('./front-door.ts')).openFrontDoor(context, cockpit, runCockpit),
      });
    });
  examples(program, [
    ['mcp', 'the cockpit'],
    ['mcp list', 'what there is'],
    ['mcp mem0 start', 'start one; mcp start mem0 means the same'],
    ['mcp all stop', 'stop everything'],
    ['mcp mem0 logs', 'follow its output'],
  ]);

  const verb = (name: string, description: string) => {
    return program.command(name).description(description).option('--no-color', 'no colours');
  };
  const servers = (command: Command) => command.argument(`[${SERVERS}...]`, WHICH);
  const json = (command: Command) => command.option('--json', 'print JSON');

  const listing = json(verb('list', 'list all servers; the first time, write a registry to begin with'));
  listing.action((flags: CommonFlags) => {
    run({ flags, work: async (context) => (await import('./status.ts')).list(context) });
  });
  examples(listing, [
    ['mcp list', 'every entry and its state'],
    ['mcp list --json | jq -r .servers[].name', 'the names'],
  ]);

  const status = json(
    servers(verb('status', 'show how servers are; with names, exit 1 unless all are ready or asleep')),
  );
  status.action((words: string[], flags: CommonFlags) => {
    run({ flags, work: async (context) => (await import('./status.ts')).status(context, words) });
  });
  examples(status, [
    ['mcp status', 'the table'],
    ['mcp mem0 status', 'all about one'],
    ['mcp status @work || mcp @work start', 'in a script'],
  ]);

  for (const action of ['start', 'restart'] as const) {
    const what = action === 'start' ? 'start servers and wait until they are ready' : 'stop and start servers';
    const command = json(servers(verb(action, what)))
      .addOption(
        new Option('--wait <duration>', "how long to wait, e.g. 30s (default: the entry's health.startup)").argParser(
          durationFlag,
        ),
      )
      .option('--no-wait', 'return at once')
      .option('--env <K=V>', 'a variable for this run only (repeatable)', variable);
    if (action === 'start') command.option('--fg', 'stay attached to the output; Ctrl-C stops the servers');
    command.action((words: string[], flags: WaitFlags) => {
      needNames(words, action);
      const { wait, env = {}, fg = false } = flags;
      const start = { waitMs: wait === false ? 0 : (wait ?? null), env, foreground: fg };
      run({ flags, work: async (context) => (await import('./start.ts')).start(context, words, start, action) });
    });
    examples(command, [
      [`mcp mem0 ${action}`, 'returns when it is ready, has failed, or the wait is over'],
      [`mcp ${action} mem0 github --wait 30s`, 'two, and no longer than that'],
      [`mcp @work ${action} --no-wait`, 'a profile, without waiting'],
      ...(action === 'start' ? ([['mcp mem0 start --fg', 'in the foreground']] as const) : []),
    ]);
  }

  const stopping = json(servers(verb('stop', 'stop servers; returns when nothing is left of them')));
  stopping.action((words: string[], flags: CommonFlags) => {
    needNames(words, 'stop');
    run({ flags, work: async (context) => (await import('./start.ts')).stop(context, words) });
  });
  examples(stopping, [
    ['mcp mem0 stop', 'one'],
    ['mcp all stop', 'everything'],
  ]);

  addLogs(json(servers(verb('logs', 'show the output of servers (all of them without a name)'))), run);
  addRegistryVerbs(verb, run);
  addSupervisor(verb('supervisor', 'the process that runs the servers'), run);

  const completion = verb('completion', 'print a completion script for a shell');
  completion.addArgument(completion.createArgument('<shell>', 'which shell').choices(['bash', 'zsh', 'fish']));
  completion.action((shell: string, flags: CommonFlags) => {
    run({ flags, work: async (context) => (await import('./completion.ts')).printScript(context, shell) });
  });
  examples(completion, [
    ['source <(mcp completion bash)', 'in ~/.bashrc'],
    ['source <(mcp completion zsh)', 'in ~/.zshrc, after compinit'],
    ['mcp completion fish | source', 'in ~/.config/fish/config.fish'],
  ]);

  return program;
}

function addLogs(command: Command, run: (task: Task) => void): void {
  command
    .option('-n, --lines <count>', 'how many of the last lines (default 200; all with --since)', wholeNumber)
    .option('-f, --follow', 'wait for more (the default on a terminal)')
    .option('--no-follow', 'print what is there and exit')
    .option('--grep <regex>', 'only lines that match; without capitals, case does not count')
    .addOption(new Option('--since <duration>', 'only lines of the last …, e.g. 10m').argParser(durationFlag))
    .addOption(
      new Option('--level <level>', 'at least this level; lines without one count as info').choices([
        'error',
        'warn',
        'info',
        'debug',
      ]),
    )
    .option('--timestamps', 'when each line was written, exact to 0.1 s')
    .action((words: string[], flags: CommonFlags & LogFlags) => {
      const names = words.length === 0 ? ['all'] : words;
      run({ flags, work: async (context) => (await import('./logs.ts')).logs(context, names, flags) });
    });
  examples(command, [
    ['mcp mem0 logs', 'the last 200 lines, then what comes'],
    ['mcp mem0 github logs -n 50 --no-follow', 'two, by turns'],
    ['mcp all logs --since 10m --level warn', 'what went wrong lately'],
    ['mcp mem0 logs --grep "time(d )?out" --timestamps', 'search'],
  ]);
}

function addRegistryVerbs(verb: (name: string, description: string) => Command, run: (task: Task) => void): void {
  const add = verb('add', 'add a server to the registry')
    .usage('<name> [options] (-- <command> [args…] | --url <url>)')
    .argument('<name>', 'what to call it')
    .argument('[command...]', 'what to run, behind --; one quoted word is a shell line')
    .option('--url <url>', 'a remote server, instead of a command')
    .addOption(new Option('--transport <kind>', 'how it speaks').choices(['http', 'sse', 'stdio', 'remote']))
    .option('--port <number>', 'the port it listens on', wholeNumber)
    .option('--path <folder>', 'the folder it runs in')
    .option('--env <K=V>', 'a variable for it (repeatable)', variable);
  add.action((name: string, command: string[], flags: AddFlags) => {
    run({ flags, work: async (context) => (await import('./add.ts')).add(context, name, command, flags) });
  });
  examples(add, [
    ['mcp add time -- npx -y @example/time-server', 'speaks over stdio'],
    ['mcp add notes --port 8060 -- uv run server.py', 'speaks HTTP on its own port'],
    ['mcp add search --url https://mcp.example.com/mcp', 'runs somewhere else'],
  ]);

  const edit = verb('edit', 'open the registry in $VISUAL or $EDITOR, at the entry').argument(`[${SERVERS}]`, 'a name');
  edit.action((name: string | undefined, flags: CommonFlags) => {
    run({ flags, work: async (context) => (await import('./edit.ts')).edit(context, name) });
  });
  examples(edit, [['mcp mem0 edit', 'problems are told when the editor is closed']]);

  const remove = verb('remove', 'take stopped servers out of the registry')
    .argument(`[${SERVERS}...]`, WHICH)
    .option('-y, --yes', 'do not ask');
  remove.action((words: string[], flags: CommonFlags & { yes?: boolean }) => {
    needNames(words, 'remove');
    const yes = flags.yes ?? false;
    run({ flags, work: async (context) => (await import('./remove.ts')).remove(context, words, { yes }) });
  });
  examples(remove, [['mcp time stop && mcp time remove', 'its log stays']]);
}

function addSupervisor(supervisor: Command, run: (task: Task) => void): void {
  const load = () => import('./supervisor-command.ts');
  const part = (name: string, description: string) =>
    supervisor.command(name).description(description).option('--json', 'print JSON');
  part('status', 'exit 5 when none runs').action((flags: CommonFlags) => {
    run({ flags, work: async (context) => (await load()).supervisorStatus(context) });
  });
  part('stop', 'HTTP servers stay up and are adopted by the next one')
    .option('--all', 'stop every server first')
    .action((flags: CommonFlags & { all?: boolean }) => {
      run({ flags, work: async (context) => (await load()).supervisorStop(context, { all: flags.all ?? false }) });
    });
  part('restart', 'for a new version; HTTP servers live through it').action((flags: CommonFlags) => {
    run({ flags, work: async (context) => (await load()).supervisorRestart(context) });
  });
  examples(supervisor, [
    ['mcp supervisor status', 'is there one?'],
    ['mcp supervisor stop --all', 'and every server with it'],
  ]);
}

function examples(command: Command, lines: readonly (readonly [command: string, what: string])[]): void {
  const width = Math.max(...lines.map(([line]) => line.length));
  const text = lines.map(([line, what]) => `  ${line.padEnd(width)}  ${what}`).join('\n');
  command.addHelpText('after', `\nExamples:\n${text}`);
}

function needNames(words: readonly string[], verb: string): void {
  if (words.length === 0) throw wrongUse(`mcp ${verb}: which servers?`, `mcp NAME ${verb}, or mcp all ${verb}`);
}

function durationFlag(text: string): number {
  const duration = parseDuration(text);
  if (duration === null) throw new InvalidArgumentError('expected a duration such as 500ms, 30s or 5m');
  return duration;
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('expected a whole number');
  return Number(text);
}

function variable(text: string, before: Record<string, string> = {}): Record<string, string> {
  const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError('expected NAME=value');
  return { ...before, [name]: value };
}
