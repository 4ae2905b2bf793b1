import type { CommonFlags } from './context.ts';
import { supervisorRestart, supervisorStatus, supervisorStop } from './supervisor-command.ts';
import type { Run } from './task.ts';
import { type NewVerb, newVerb, withExamples, withJson } from './verb.ts';

/** `supervisor status | stop | restart`. */
export function addSupervisorVerb(verb: NewVerb, run: Run): void {
  const supervisor = verb('supervisor', 'the process that runs the servers');
  const part = newVerb(supervisor);
  withJson(part('status', 'exit 5 when none runs')).action((flags: CommonFlags) => {
    run({ flags, work: supervisorStatus });
  });
  withJson(part('stop', 'HTTP servers stay up and are adopted by the next one'))
    .option('--all', 'stop every server first')
    .action(({ all = false, ...flags }: CommonFlags & { readonly all?: boolean }) => {
      run({ flags, work: (context) => supervisorStop(context, { all }) });
    });
  withJson(part('restart', 'for a new version; HTTP servers live through it')).action((flags: CommonFlags) => {
    run({ flags, work: supervisorRestart });
  });
  withExamples(supervisor, [
    ['mcp supervisor status', 'is there one?'],
    ['mcp supervisor stop --all', 'and every server with it'],
  ]);
}
