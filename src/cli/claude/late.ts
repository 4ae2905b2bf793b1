import { analyze } from './analyze.ts';
import { gitHook } from './git-hook.ts';
import { headers } from './headers.ts';
import { install } from './install.ts';
import { promptHook } from './prompt-hook.ts';
import { shellInit } from './shell-init.ts';
import { undoLast, uninstall } from './uninstall.ts';
import { which } from './which.ts';

/** What needs the registry's schemas, behind one door; see `../late.ts`. */
export const late = { analyze, gitHook, headers, install, promptHook, shellInit, undoLast, uninstall, which };
