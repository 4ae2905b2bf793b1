import { openHub } from '../hub/hub.ts';
import { runSupervisor } from '../supervisor/supervisor-main.ts';

await runSupervisor(process.env, openHub);
