/** Stamps each order's way through the doors, from outside: at the ports, never inside. */
import { approvalIdOf, type Hash, type Verdict } from '#firewall';
import type { Lanes } from '../../gate/contract.ts';
import type { Entry } from '../../ledger/contract.ts';
import type { Venue } from '../../signer/contract.ts';
import type { VaultPort } from '../../signer/vault-link.ts';

export const STAGES = ['queued', 'gated', 'carried', 'signed', 'acknowledged'] as const;
export type Stage = (typeof STAGES)[number];
export type Times = Readonly<Record<Stage, number>>;

type Run = {
  startedAt: number;
  at: Partial<Record<Stage, number>>;
  end: PromiseWithResolvers<Times>;
};

export class Stopwatch {
  readonly #byProposal = new Map<string, Run>();
  readonly #byApproval = new Map<string, Run>();

  begin(proposalId: string, hash: Hash): void {
    const end = Promise.withResolvers<Times>();
    // A refusal may come before anybody waits for the end.
    end.promise.catch(() => undefined);
    const run: Run = { startedAt: performance.now(), at: {}, end };
    this.#byProposal.set(proposalId, run);
    this.#byApproval.set(approvalIdOf(hash), run);
  }

  ended(proposalId: string): Promise<Times> {
    const run = this.#byProposal.get(proposalId);
    if (run === undefined) throw new Error(`${proposalId} never began`);
    return run.end.promise;
  }

  /** Lanes that note when a message reaches its handler. */
  lanes(inner: Lanes): Lanes {
    return {
      ...inner,
      work: (name, handle) =>
        inner.work(name, (payload, key) => {
          if (name.startsWith('proposals')) this.#stamp(this.#byProposal.get(key), 'queued');
          if (name.startsWith('approvals')) this.#stamp(this.#byApproval.get(key), 'carried');
          return handle(payload, key);
        }),
    };
  }

  /** Told of each entry once it is durable. */
  observe = ({ event }: Entry, verdict: Verdict | null): void => {
    if (event.kind !== 'decision') return;
    const run = this.#byProposal.get(event.proposal.id);
    this.#stamp(run, 'gated');
    if (event.approval === null) run?.end.reject(new Error(`not approved: ${failures(verdict)}`));
  };

  vault(inner: VaultPort): VaultPort {
    return {
      ask: async (question) => {
        const answer = await inner.ask(question);
        if (answer.kind === 'signed')
          this.#stamp(this.#byApproval.get(answer.request.approvalId), 'signed');
        return answer;
      },
    };
  }

  venue(inner: Venue): Venue {
    return {
      ...inner,
      send: async (request) => {
        const reply = await inner.send(request);
        const run = this.#byApproval.get(request.approvalId);
        this.#stamp(run, 'acknowledged');
        if (reply.kind === 'acked') run?.end.resolve(run.at as Times);
        else run?.end.reject(new Error(`the venue said ${reply.kind}`));
        return reply;
      },
    };
  }

  #stamp(run: Run | undefined, stage: Stage): void {
    if (run !== undefined) run.at[stage] ??= performance.now() - run.startedAt;
  }
}

const failures = (verdict: Verdict | null): string =>
  (verdict?.checks ?? [])
    .filter(({ status }) => status === 'fail')
    .map(({ code, observed, limit, note }) => `${code} ${observed} limit ${limit} ${note ?? ''}`)
    .join(', ');
