/** The inference process: holds one model, answers its parent, and leaves when the parent does. */
import { constants, setPriority } from 'node:os';
import { RuntimeError } from './contract.ts';
import { LoadedModel } from './llama-model.ts';
import type { Order, Reply } from './llama-protocol.ts';

/** Before any thread of llama.cpp exists: each inherits the rank of the one that started it. */
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

/** Cleaning up is the system's work, and nothing may stand in the way of leaving. */
const leave = (): void => void process.kill(process.pid, 'SIGKILL');
process.on('disconnect', leave);
process.on('SIGINT', () => undefined);

let loading: Promise<LoadedModel> | null = null;
const stops = new Map<number, AbortController>();

async function loaded(): Promise<LoadedModel> {
  if (loading === null) throw new RuntimeError('RUNTIME_FAILED', 'no model is loaded');
  return loading;
}

async function answerTo(order: Order, signal: AbortSignal): Promise<unknown> {
  switch (order.kind) {
    case 'load':
      loading = LoadedModel.load(order.order);
      return (await loading).facts;
    case 'measure':
      return (await loaded()).measure(order.turns, order.think);
    case 'speak':
      return (await loaded()).speak(order.order, signal);
    case 'embed':
      return (await loaded()).embed(order.texts, signal);
    case 'ping':
    case 'stop':
      return null;
  }
}

function failure(id: number, error: unknown, stopped: boolean): Reply {
  if (stopped) return { id, ok: false, code: 'CALL_CANCELLED', message: 'the call was taken back' };
  if (error instanceof RuntimeError)
    return { id, ok: false, code: error.code, message: error.message };
  return { id, ok: false, code: 'RUNTIME_FAILED', message: String(error) };
}

async function serve(order: Order): Promise<void> {
  const stop = new AbortController();
  stops.set(order.id, stop);
  let reply: Reply;
  try {
    reply = { id: order.id, ok: true, value: await answerTo(order, stop.signal) };
  } catch (error) {
    reply = failure(order.id, error, stop.signal.aborted);
  }
  stops.delete(order.id);
  process.send?.(reply);
}

process.on('message', (order: Order) => {
  if (order.kind === 'stop') stops.get(order.id)?.abort();
  else void serve(order);
});
