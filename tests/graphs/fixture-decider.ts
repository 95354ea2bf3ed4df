/** A process of its own that makes one decision, or goes on with one; its model is asked over a socket, where the test counts. */
import { ChatRuntime, type PromptSize, type Spoken } from '../../agents/runtimes/chat-runtime.ts';
import { RuntimeError, type Ask, type Message } from '../../agents/runtimes/contract.ts';
import { Decider } from '../../graphs/decider.ts';
import { SqliteSaver } from '../../graphs/sqlite-saver.ts';
import { DECISION_ID, deskOf, IDENTITY, speakerOf } from './desk.ts';

const [, , url = '', file = '', what = 'decide', lateMs = '0'] = process.argv;

class RemoteRuntime extends ChatRuntime {
  override readonly identity = IDENTITY;

  override measure(messages: readonly Message[]): Promise<PromptSize> {
    const tokens = messages.reduce((sum, { content }) => sum + Math.ceil(content.length / 4), 0);
    return Promise.resolve({ atLeast: tokens, atMost: tokens });
  }

  override heartbeat(): Promise<void> {
    return Promise.resolve();
  }

  override embed(): Promise<readonly Float32Array[]> {
    return Promise.reject(new RuntimeError('MODEL_NOT_FIT', 'it does not embed'));
  }

  override close(): Promise<void> {
    return Promise.resolve();
  }

  protected override async speak(ask: Ask, size: PromptSize, signal: AbortSignal): Promise<Spoken> {
    const response = await fetch(url, { method: 'POST', body: speakerOf(ask), signal });
    const text = await response.text();
    return {
      text,
      thoughts: '',
      toolRequests: [],
      done: 'stop',
      promptTokens: size.atMost,
      answerTokens: 10,
      loadMs: null,
      firstTokenMs: null,
      answerMs: null,
    };
  }
}

const desk = deskOf({ runtime: new RemoteRuntime({ concurrency: 4, keepAliveMs: null }) });
desk.clock.at += Number(lateMs);
const saver = new SqliteSaver(file);
const decider = new Decider(desk.ports, saver);
const { signal } = new AbortController();
const unfinished = await decider.unfinished();
const decision = await (what === 'decide'
  ? decider.decide(DECISION_ID, signal)
  : decider.resume(DECISION_ID, signal));
process.stdout.write(
  JSON.stringify({
    unfinished,
    end: decision?.end ?? null,
    calls: decision?.transcript.calls.length ?? 0,
    proposal: decision?.proposal?.id ?? null,
  }),
);
saver.close();
