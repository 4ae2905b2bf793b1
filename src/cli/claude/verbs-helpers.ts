import type { CommonFlags } from '../context.ts';
import type { Run } from '../task.ts';
import { type NewVerb, wholeNumber, withExamples, withJson } from '../verb.ts';

interface AnalyzeWords extends CommonFlags {
  readonly start?: boolean;
  readonly yes?: boolean;
  readonly limit?: number;
}

interface GitHookWords extends CommonFlags {
  readonly install?: boolean;
  readonly remove?: boolean;
}

/** `analyze`, `hook`, `shell-init`, `git-hook`. */
export function addHelperVerbs(verb: NewVerb, run: Run): void {
  const analyze = verb('analyze', 'which servers fit a prompt; on a terminal it offers to start them')
    .argument('<prompt...>', 'what you are about to ask for')
    .option('--start', 'start those that fit')
    .option('-y, --yes', 'the same: do not ask')
    .option('--limit <count>', 'how many to show (default 5)', wholeNumber);
  withJson(analyze).action((words: string[], { start, yes, limit = 5, ...flags }: AnalyzeWords) => {
    const how = { start: start === true || yes === true, limit };
    run({ flags, work: async (context) => (await import('./late.ts')).late.analyze(context, words.join(' '), how) });
  });
  withExamples(analyze, [
    ['claude-mcp analyze "create a GitHub repository"', 'servers, with the reason for each'],
    ['claude-mcp analyze "save a note" --start', 'and starts what fits'],
  ]);

  const hook = verb('hook', 'a UserPromptSubmit hook of Claude Code: names the servers that fit the prompt on stdin');
  hook.action((flags: CommonFlags) => {
    run({ flags, work: async (context) => (await import('./late.ts')).late.promptHook(context) });
  });
  withExamples(hook, [['claude-mcp hook', 'on a terminal: what to write into settings.json']]);

  const shellInit = verb('shell-init', 'print the shell helpers cm, cms, cml, remember and recall');
  shellInit
    .addArgument(shellInit.createArgument('<shell>', 'which shell').choices(['bash', 'zsh', 'fish']))
    .action((shell: string, flags: CommonFlags) => {
      run({ flags, work: async (context) => (await import('./late.ts')).late.shellInit(context, shell) });
    });
  withExamples(shellInit, [
    ['source <(claude-mcp shell-init bash)', 'in ~/.bashrc'],
    ['source <(claude-mcp shell-init zsh)', 'in ~/.zshrc'],
    ['claude-mcp shell-init fish | source', 'in ~/.config/fish/config.fish'],
  ]);

  const gitHook = verb('git-hook', 'print a post-commit hook that remembers each commit message')
    .option('--install', 'put it into the repository of this folder')
    .option('--remove', 'take it out again');
  gitHook.action(({ install = false, remove = false, ...flags }: GitHookWords) => {
    run({ flags, work: async (context) => (await import('./late.ts')).late.gitHook(context, { install, remove }) });
  });
  withExamples(gitHook, [
    ['claude-mcp git-hook --install', 'a hook of somebody else is never overwritten'],
    ['claude-mcp git-hook >> .git/hooks/post-commit', 'beside one that is there already'],
  ]);
}
