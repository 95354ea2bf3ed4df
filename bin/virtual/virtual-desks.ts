/** The desks of a virtual house: the same graph, post and diary as in the running house, on the house's own clock. */
import { join } from 'node:path';
import type { Json, SpanMs, TimeMs } from '#firewall';
import { RuntimeError, type ModelIdentity } from '../../agents/runtimes/contract.ts';
import type { DecidePorts } from '../../graphs/contract.ts';
import { Decider } from '../../graphs/decider.ts';
import type { DeskConfig } from '../../infra/desk-config.ts';
import { DeskDiary } from '../../infra/desk-diary.ts';
import { openTranscripts, type TranscriptStore } from '../../infra/transcripts.ts';
import type { ToolPorts } from '../../tools/contract.ts';
import type { Io } from '../command.ts';
import { accountReader, settleOutcomes, type Standings } from '../desk-ports.ts';
import { DeskPost } from '../desk-post.ts';
import { openDeskMemory } from '../memory.ts';
import { ModelDesk } from '../model-desk.ts';
import { rulesOf } from '../model-desks.ts';
import { SteadyRuntime } from '../steady-runtime.ts';
import type { VirtualRun } from './virtual-run.ts';

export type VirtualDesk = Readonly<{
  config: DeskConfig;
  decider: Decider;
  ports: DecidePorts;
  desk: ModelDesk;
}>;

export type VirtualDesks = Readonly<{
  desks: readonly VirtualDesk[];
  transcripts: TranscriptStore;
  /** Hands on what the desks have sealed since the last call, and waits until all of it is settled. */
  deliver(): Promise<void>;
  /** Looks up what became of earlier decisions. */
  learn(): void;
  close(): void;
}>;

const TURN_MS = 15_000 as SpanMs;

type Notice = (code: string, message: string) => void;

const NO_MODEL_SAID =
  'No model is configured, so the algorithmic agent decides. Name one with --model gguf:FILE, ollama:NAME or openai:URL#NAME.';

/** Opens the desks of a run, lets a command work with them, and closes desks and run whatever happens. */
export async function withDesks<T>(
  run: VirtualRun,
  io: Pick<Io, 'err'>,
  work: (desks: VirtualDesks) => Promise<T>,
): Promise<T> {
  let desks: VirtualDesks | null = null;
  try {
    if (run.model === null) io.err(NO_MODEL_SAID);
    desks = openVirtualDesks(run, (code, message) => io.err(`${code}: ${message}`));
    return await work(desks);
  } finally {
    desks?.close();
    await run.close();
  }
}

export function openVirtualDesks(run: VirtualRun, notice: Notice): VirtualDesks {
  const { dir, house, config } = run;
  const diary = new DeskDiary(join(dir.desks, 'diary.db'));
  const transcripts = openTranscripts(dir.transcripts);
  const runtime = run.runtime ?? silent();
  const { memory, embed } = openDeskMemory({ ...run, notice });
  const market = house.store;
  const now = (): TimeMs => house.now();
  const standings: Standings = () => house.standing();
  const account = accountReader(standings, diary, market);
  const tools: ToolPorts = { market, account, memory, forecast: run.forecast, embed };
  const letters: Readonly<{ key: string; payload: Json }>[] = [];
  const lane = {
    send(key: string, payload: Json): Promise<void> {
      letters.push({ key, payload });
      return Promise.resolve();
    },
  };
  const desks = run.desks.map((desk): VirtualDesk => {
    const model = run.model ?? NO_MODEL;
    const rules = rulesOf(desk, { config, model, policy: house.house.policy, now: now() });
    const fit = (): string | null => (run.model === null ? 'MODEL_NOT_CONFIGURED' : null);
    const ports: DecidePorts = { runtime, tools, clock: { now }, fit, rules };
    const decider = new Decider(ports, null);
    const sealer = house.sealerOf(desk.desk);
    const post = new DeskPost(desk, { lane, sealer, transcripts, diary });
    // Without checkpoints nothing is left of a decision that has ended.
    const saver = { deleteThread: (): Promise<void> => Promise.resolve() };
    // On a clock of its own nobody watches the model's health.
    const report = (): void => undefined;
    const shared = { standings, transcripts, diary, memory, embed, now, notice };
    const kept = { ...shared, decider, saver, report };
    return { config: desk, decider, ports, desk: new ModelDesk(post, TURN_MS, kept) };
  });
  return {
    desks,
    transcripts,
    async deliver() {
      for (const { key, payload } of letters.splice(0)) await house.proposals.send(key, payload);
      await house.settle();
    },
    learn: () => void settleOutcomes({ market, diary, memory }, now()),
    close() {
      diary.close();
      memory?.close();
    },
  };
}

const NOBODY: ModelIdentity = {
  runtime: 'recorded',
  runtimeVersion: 'none',
  model: 'none',
  digest: null,
  quantisation: null,
  parameters: null,
  contextMax: null,
};
const NO_MODEL = { id: 'none', choosesTools: false };

/** Stands where no model is configured; the desks are told so before they would ask it. */
const silent = (): SteadyRuntime =>
  new SteadyRuntime(NOBODY, () =>
    Promise.reject(new RuntimeError('RUNTIME_DOWN', 'no model is configured')),
  );
