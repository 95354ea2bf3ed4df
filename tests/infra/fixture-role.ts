/** A process for the supervisor to look after: `start` carries how it behaves. */
import { EXIT_REFUSED } from '../../infra/supervisor.ts';

process.on('message', (message: { kind: string; manner?: string }) => {
  if (message.kind === 'stop' && manner !== 'deaf') process.exit(0);
  if (message.kind !== 'start') return;
  manner = message.manner ?? '';
  process.stdout.write(`started ${manner}\n`);
  if (manner === 'refuse') process.exit(EXIT_REFUSED);
  if (manner === 'crash') process.exit(1);
  process.send?.({ kind: 'ready' });
  process.send?.({ kind: 'event', event: 'hello', detail: process.pid });
});
let manner = '';
