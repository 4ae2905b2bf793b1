import type { MemoryAction } from '../../registry/memory-roles.ts';
import type { CommonFlags } from '../context.ts';
import type { Run } from '../task.ts';
import { type NewVerb, newVerb, SERVERS, TOOL, withExamples, withJson } from '../verb.ts';

interface MemoryWords extends CommonFlags {
  readonly server?: string;
}

/** `memory save | search | list | forget`, `send`. */
export function addServerVerbs(verb: NewVerb, run: Run): void {
  const memory = verb('memory', 'what the memory server knows, whichever that is');
  const part = newVerb(memory);
  const add = (action: MemoryAction, about: string, argument: string | null) => {
    const command = withJson(part(action, about)).option(
      '--server <name>',
      'another server than the one with the role',
    );
    if (argument !== null) command.argument(argument);
    const start = (words: readonly string[], { server, ...flags }: MemoryWords) =>
      run({
        flags,
        work: async (context) => (await import('./late.ts')).late.memory(context, action, words.join(' '), server),
      });
    if (argument === null) command.action((flags: MemoryWords) => start([], flags));
    else command.action((words: string | string[], flags: MemoryWords) => start([words].flat(), flags));
  };
  add('save', 'remember something', '<text...>');
  add('search', 'find memories by words', '<query...>');
  add('list', 'list memories', null);
  add('forget', 'forget the memory of this id', '<id>');
  withExamples(memory, [
    ['claude-mcp memory save "I prefer Python for AI"', 'remember'],
    ['claude-mcp memory search "programming language"', 'recall'],
    ['claude-mcp memory list', 'with the ids that forget takes'],
    ['claude-mcp memory forget ID', 'one of them'],
  ]);

  const send = withJson(verb('send', 'call one tool and print what it answers; wakes a server that sleeps'))
    .argument(`<${SERVERS}>`, 'a name')
    .argument(`<${TOOL}>`, 'one of its tools')
    .argument('[arguments...]', `'{"key": "value"}', or key=value for each`);
  send.action((server: string, tool: string, words: string[], flags: CommonFlags) => {
    run({ flags, work: async (context) => (await import('./late.ts')).late.send(context, server, tool, words) });
  });
  withExamples(send, [
    [`claude-mcp send mem0 save_memory '{"text":"Test"}'`, 'JSON'],
    ['claude-mcp send mem0 save_memory text=Test', 'the same'],
  ]);
}
