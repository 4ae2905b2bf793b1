import { main } from '../cli/main.ts';

process.exitCode = await main(process.argv.slice(2), process, async ({ context }) => {
  context.note('the cockpit is not built yet');
  return 1;
});
