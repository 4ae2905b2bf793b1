import { runSupervisor } from '../supervisor/supervisor-main.ts';

await runSupervisor(process.argv.slice(2), process.env);
