import { analyze } from './analyze.ts';
import { gitHook } from './git-hook.ts';
import { headers } from './headers.ts';
import { install } from './install.ts';
import { memory } from './memory.ts';
import { promptHook } from './prompt-hook.ts';
import { send } from './send.ts';
import { shellInit } from './shell-init.ts';
import { undoLast, uninstall } from './uninstall.ts';
import { which } from './which.ts';

/** What needs the registry's schemas, behind one door; see `../late.ts`. */
export const late = {
  analyze,
  gitHook,
  headers,
  install,
  memory,
  promptHook,
  send,
  shellInit,
  undoLast,
  uninstall,
  which,
};
