/** Puts three situations into a memory and is killed before it could close it. */
import { openVectorMemory } from '../../infra/vector-memory.ts';
import { situationCodec } from '../../tools/situation-codec.ts';
import type { TimeMs } from '#firewall';

const memory = openVectorMemory({
  file: process.argv[2] ?? '',
  maker: { id: 'tests', dimensions: 4 },
  codec: situationCodec,
});
for (const place of [1, 2, 3])
  memory.put(
    {
      id: `s${place}`,
      desk: 'one',
      symbol: 'BTC/USDT',
      availableAt: 0 as TimeMs,
      facts: [],
      action: 'long',
      outcome: null,
      outcomeAt: null,
    },
    Float32Array.from([place, 0, 0, 0]),
  );
process.kill(process.pid, 'SIGKILL');
