import { Option } from 'commander';
import type { CommonFlags } from './context.ts';
import type { LogFlags } from './logs.ts';
import { start, stop } from './start.ts';
import { list, status } from './status.ts';
import type { Run } from './task.ts';
import {
  durationFlag,
  type NewVerb,
  needNames,
  variable,
  wholeNumber,
  withExamples,
  withJson,
  withServers,
} from './verb.ts';

interface StartWords extends CommonFlags {
  /** Milliseconds; false after `--no-wait`. */
  readonly wait?: number | false;
  readonly env?: Readonly<Record<string, string>>;
  readonly fg?: boolean;
}

/** `list`, `status`, `start`, `restart`, `stop`, `logs`. */
export function addServerVerbs(verb: NewVerb, run: Run): void {
  const listing = withJson(verb('list', 'list all servers; the first time, write a registry to begin with'));
  listing.action((flags: CommonFlags) => run({ flags, work: list }));
  withExamples(listing, [
    ['mcp list', 'every entry and its state'],
    ['mcp list --json | jq -r .servers[].name', 'the names'],
  ]);

  const looking = verb('status', 'show how servers are; with names, exit 1 unless all are ready or asleep');
  withJson(withServers(looking)).action((words: string[], flags: CommonFlags) => {
    run({ flags, work: (context) => status(context, words) });
  });
  withExamples(looking, [
    ['mcp status', 'the table'],
    ['mcp mem0 status', 'all about one'],
    ['mcp @work status || mcp @work start', 'in a script'],
  ]);

  addStart(verb, run, 'start');
  addStart(verb, run, 'restart');

  const stopping = verb('stop', 'stop servers; returns when nothing is left of them');
  withJson(withServers(stopping)).action((words: string[], flags: CommonFlags) => {
    needNames(words, 'stop');
    run({ flags, work: (context) => stop(context, words) });
  });
  withExamples(stopping, [
    ['mcp mem0 stop', 'one'],
    ['mcp all stop', 'everything'],
  ]);

  addLogs(verb, run);
}

function addStart(verb: NewVerb, run: Run, action: 'start' | 'restart'): void {
  const isStart = action === 'start';
  const command = withServers(verb(action, isStart ? 'start servers and wait until they are ready' : 'stop and start'))
    .addOption(
      new Option('--wait <duration>', "how long to wait, e.g. 30s (default: the entry's health.startup)").argParser(
        durationFlag,
      ),
    )
    .option('--no-wait', 'return at once')
    .option('--env <K=V>', 'a variable for this run only (repeatable)', variable);
  if (isStart) command.option('--fg', 'stay attached to the output; Ctrl-C stops the servers');
  withJson(command).action((words: string[], { wait, env = {}, fg = false, ...flags }: StartWords) => {
    needNames(words, action);
    const how = { waitMs: wait === false ? 0 : (wait ?? null), env, foreground: fg };
    run({ flags, work: (context) => start(context, words, how, action) });
  });
  withExamples(command, [
    [`mcp mem0 ${action}`, 'returns when it is ready, has failed, or the wait is over'],
    [`mcp ${action} mem0 github --wait 30s`, 'two, and no longer than that'],
    [`mcp @work ${action} --no-wait`, 'a profile, without waiting'],
    ...(isStart ? [['mcp mem0 start --fg', 'in the foreground'] as const] : []),
  ]);
}

function addLogs(verb: NewVerb, run: Run): void {
  const levels = ['error', 'warn', 'info', 'debug'];
  const command = withServers(verb('logs', 'show the output of servers; of all without a name'))
    .option('-n, --lines <count>', 'how many of the last lines (default 200; all with --since)', wholeNumber)
    .option('-f, --follow', 'wait for more (the default on a terminal)')
    .option('--no-follow', 'print what is there and exit')
    .option('--grep <regex>', 'only lines that match; without capitals, case does not count')
    .addOption(new Option('--since <duration>', 'only lines of the last …, e.g. 10m').argParser(durationFlag))
    .addOption(new Option('--level <level>', 'at least this level; lines without one count as info').choices(levels))
    .option('--timestamps', 'when each line was written, exact to 0.1 s');
  withJson(command).action((words: string[], flags: CommonFlags & LogFlags) => {
    const names = words.length === 0 ? ['all'] : words;
    run({ flags, work: async (context) => (await import('./late.ts')).late.logs(context, names, flags) });
  });
  withExamples(command, [
    ['mcp mem0 logs', 'the last 200 lines, then what comes'],
    ['mcp mem0 github logs -n 50 --no-follow', 'two, in the order of time'],
    ['mcp all logs --since 10m --level warn', 'what went wrong lately'],
    ['mcp mem0 logs --grep "time(d )?out" --timestamps', 'search'],
  ]);
}
