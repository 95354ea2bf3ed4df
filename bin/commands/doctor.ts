/** `airlock doctor`: this machine, the models that it has, how fast the configured one is, and what would be worth changing. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RuntimeError, type ModelIdentity } from '../../agents/runtimes/contract.ts';
import { hasGpuBuild } from '../../agents/runtimes/llama-place.ts';
import { sizingTable, type SizingRow } from '../../agents/sizing.ts';
import type { Config } from '../../infra/config.ts';
import { dataDir, dataRoot } from '../../infra/data-dir.ts';
import { probeMachine, sizeOf, type Machine } from '../../infra/machine.ts';
import { lookAtOllama, type OllamaLook } from '../../infra/ollama-look.ts';
import type { Command, Io, Options } from '../command.ts';
import { configured } from '../configured.ts';
import { adviceFor, OLLAMA_VARIABLES, type Advice, type Findings } from '../doctor-advice.ts';
import { measureModel, type Measured } from '../model-measure.ts';
import { modelSpecOf, openModel, openaiKeyOf } from '../model-pin.ts';
import { table } from '../table.ts';
import { harmless } from '../transcript-lines.ts';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const GIGA = 1e9;

export const command: Command = {
  name: 'doctor',
  summary: 'look at this machine, its models and their speed, and say what to change',
  usage: '',
  options: {
    model: {
      type: 'string',
      value: 'SPEC',
      help: 'the model to try, in place of the configured one',
    },
    sizes: { type: 'boolean', help: 'the whole table of model sizes, not only what fits' },
  },
  run,
};

type Tried =
  | Readonly<{ ok: true; spec: string; identity: ModelIdentity; measured: Measured }>
  | Readonly<{ ok: false; spec: string; code: string; detail: string }>;

async function run(_words: readonly string[], options: Options, io: Io): Promise<number> {
  const dir = dataDir(dataRoot(options['data'], io.env, io.cwd));
  const config = configured(dir, io.env, options);
  const machine = await probeMachine(existsSync(dir.root) ? dir.root : io.cwd);
  const installBytes = sizeOf(join(ROOT, 'node_modules'));
  const ollama = await lookAtOllama(config.ollamaUrl);
  const tried = config.model === null ? null : await tryModel(config.model, config, io);
  const sizes = sizingTable(roomOf(machine), config.contextTokens);
  const environment = Object.fromEntries(
    OLLAMA_VARIABLES.map((name) => [name, io.env[name] ?? null]),
  );
  const findings: Findings = {
    machine,
    installBytes,
    ollama,
    environment,
    gpuBuild: hasGpuBuild(),
    contextTokens: config.contextTokens,
    concurrency: config.modelConcurrency,
    model: config.model,
    problem: tried === null || tried.ok ? null : tried.code,
    tokensPerSecond: tried?.ok === true ? tried.measured.tokensPerSecond : null,
    contextMax: tried?.ok === true ? tried.identity.contextMax : null,
    sizes,
  };
  const advice = adviceFor(findings);
  if (options['json'] === true)
    io.out(
      JSON.stringify({
        machine,
        installBytes,
        ollama,
        environment,
        tried,
        sizes: sizes.map(sizeJson),
        advice,
      }),
    );
  else print({ findings, tried, advice, whole: options['sizes'] === true }, io);
  return tried?.ok === false ? 1 : 0;
}

const roomOf = ({ memoryBytes, memoryLimitBytes, gpus }: Machine) => ({
  memoryBytes: memoryLimitBytes ?? memoryBytes,
  gpuBytes: gpus.length === 0 ? null : Math.max(...gpus.map((gpu) => gpu.memoryBytes)),
});

async function tryModel(spec: string, config: Config, io: Io): Promise<Tried> {
  try {
    const runtime = await openModel(modelSpecOf(spec, io.cwd), {
      ...config,
      openaiKey: openaiKeyOf(io.env),
    });
    try {
      const measured = await measureModel(runtime, config, io.signal);
      return { ok: true, spec, identity: runtime.identity, measured };
    } finally {
      await runtime.close();
    }
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    return { ok: false, spec, code: error.code, detail: error.message };
  }
}

const gb = (bytes: number): string => `${(bytes / GIGA).toFixed(1)} GB`;

type Shown = Readonly<{
  findings: Findings;
  tried: Tried | null;
  advice: readonly Advice[];
  whole: boolean;
}>;

function print({ findings, tried, advice, whole }: Shown, io: Io): void {
  const { machine, installBytes, ollama, environment, gpuBuild } = findings;
  const cores = machine.physicalCores === null ? '' : `, ${machine.physicalCores} cores`;
  const limit =
    machine.memoryLimitBytes === null ? '' : `, limited to ${gb(machine.memoryLimitBytes)}`;
  const rows: string[][] = [
    ['machine', `${machine.platform}, Node ${machine.node}`],
    ['processor', `${machine.cpu}, ${machine.threads} threads${cores}`],
    ['memory', `${gb(machine.memoryBytes)}${limit}, ${gb(machine.freeBytes)} free`],
    [
      'graphics',
      machine.gpus.map(({ name, memoryBytes }) => `${name} ${gb(memoryBytes)}`).join(', ') ||
        'none that its driver names',
    ],
    ['disk', `${gb(machine.diskFreeBytes)} free`],
    [
      'install',
      `${gb(installBytes)} in node_modules${gpuBuild ? ', with a GPU build of llama.cpp' : ''}`,
    ],
    ['ollama', ollamaLine(ollama)],
    ...Object.entries(environment).flatMap(([name, value]) =>
      value === null ? [] : [['', `${name}=${value}`]],
    ),
    ...modelRows(tried),
  ];
  // A server names its own models, and a file its own weights.
  for (const line of table(rows)) io.out(harmless(line));
  io.out('');
  for (const line of sizeLines(findings, whole)) io.out(line);
  io.out('');
  for (const { code, text } of advice) io.out(harmless(`${code}: ${text}`));
  if (advice.length === 0) io.out('Nothing to change.');
}

const ollamaLine = (look: OllamaLook): string =>
  look.ok
    ? `${look.version}, ${look.models.length} models (${look.models
        .slice(0, 8)
        .map(({ name }) => name)
        .join(', ')}), in memory: ${look.loaded.map(({ name }) => name).join(', ') || 'none'}`
    : look.detail;

function modelRows(tried: Tried | null): string[][] {
  if (tried === null) return [['model', 'none is configured; the desks are algorithmic']];
  if (!tried.ok) return [['model', `${tried.spec}: ${tried.code}, ${tried.detail}`]];
  const { identity, measured } = tried;
  const { runtime, runtimeVersion, model, quantisation, parameters, contextMax } = identity;
  const size =
    parameters === null ? 'size unknown' : `${(parameters / 1e6).toFixed(1)} M parameters`;
  return [
    [
      'model',
      `${runtime} ${runtimeVersion}: ${model}, ${size}, ${quantisation ?? 'quantisation unknown'}, trained for ${contextMax ?? 'unknown'} tokens`,
    ],
    ['speed', speedLine(measured)],
  ];
}

const speedLine = ({ tokensPerSecond, firstTokenMs, loadMs, promptTokens }: Measured): string =>
  [
    tokensPerSecond === null ? 'tokens/s unknown' : `${tokensPerSecond.toFixed(0)} tokens/s`,
    firstTokenMs === null
      ? null
      : `first token after ${Math.round(firstTokenMs)} ms of a prompt of ${promptTokens ?? '?'} tokens`,
    loadMs === null ? null : `load ${Math.round(loadMs)} ms`,
  ]
    .filter((part) => part !== null)
    .join(', ');

function sizeLines({ sizes, contextTokens }: Findings, whole: boolean): readonly string[] {
  const rows = sizes.filter(({ fit }) => whole || fit !== null);
  if (rows.length === 0) return ['No model of the usual sizes fits here.'];
  return [
    `What fits, by arithmetic, with a window of ${contextTokens} tokens:`,
    ...table(
      [
        ['size', 'such as', 'quantisation', 'needs', 'runs in', 'speed'],
        ...rows.map(({ shape, quantisation, need, fit }) => [
          shape.class,
          shape.name,
          quantisation,
          gb(need.totalBytes),
          fit?.place ?? 'does not fit',
          fit === null ? '' : `${fit.speed}, up to ${fit.tokensPerSecond.toFixed(0)} tokens/s`,
        ]),
      ],
      '  ',
    ),
  ];
}

const sizeJson = ({ shape, quantisation, need, fit }: SizingRow) => ({
  class: shape.class,
  name: shape.name,
  quantisation,
  needBytes: need.totalBytes,
  fit,
});
