import { main } from '../cli/claude/main.ts';

process.exitCode = await main(process.argv.slice(2), process);
