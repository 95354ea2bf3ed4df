/** Audit and capsule: a real ledger is sound, and one changed bit anywhere is found and named. */
import { describe, expect, test } from 'vitest';
import { canonicalText, type Json } from '#firewall';
import { audit, type AuditFault } from '../../ledger/audit.ts';
import { capsuleOf, capsuleText, readCapsule, replay, type Capsule } from '../../ledger/capsule.ts';
import { hashOfEntry } from '../../ledger/ledger.ts';
import { NO_HASH } from '../../ledger/head-anchor.ts';
import { NOW } from '../../firewall/proofs/amounts.ts';
import { dayOf, Drive } from '../gate/scenario.ts';
import { opener, openEntries } from '../gate/world.ts';

const { inputs, first } = dayOf(NOW);
const day = new Drive().run(inputs, []).drain();
const { lines } = day.world.disk;
const opens = (...args: Parameters<typeof opener.opens>): boolean => opener.opens(...args);

type Loose = Record<string, Json>;

/** A forger who can rewrite the whole chain: the hashes fit again, only the content is false. */
function rechained(change: (event: Loose, sequence: number) => void): string[] {
  let previous: string = NO_HASH;
  return lines.map((line, index) => {
    const { event } = JSON.parse(line) as { event: Loose };
    change(event, index + 1);
    const text = canonicalText(event);
    const hash = hashOfEntry(previous as typeof NO_HASH, index + 1, text);
    const out = `{"event":${text},"hash":"${hash}","previous":"${previous}","sequence":${index + 1}}`;
    previous = hash;
    return out;
  });
}

const faultAfter = (kind: string, change: (event: Loose) => void): AuditFault['code'] | null => {
  let done = false;
  const changed = rechained((event) => {
    if (done || event['kind'] !== kind) return;
    done = true;
    change(event);
  });
  return audit(changed, opens).fault?.code ?? null;
};

describe('audit', () => {
  test('a day at the gate is sound', () => {
    const report = audit(lines, opens);
    expect(report).toMatchObject({ entries: lines.length, fault: null });
    expect(report.decisions).toBeGreaterThan(3);
    expect(report.head).toBe([...openEntries(day.world.disk)].at(-1)?.hash);
    expect(audit([], opens)).toEqual({ entries: 0, decisions: 0, head: null, fault: null });
  });

  test('a changed line breaks the chain where it is', () => {
    const broken = lines.with(3, (lines[3] ?? '').replace('equal', 'equaL'));
    expect(audit(broken, opens).fault).toMatchObject({ sequence: 4, code: 'LEDGER_CORRUPT' });
  });

  const forgeries: [AuditFault['code'], string, (event: Loose) => void][] = [
    ['VERDICT_DIFFERS', 'cash', (event) => (event['amount'] = '100')],
    ['VERDICT_DIFFERS', 'decision', (event) => (event['at'] = Number(event['at']) + 61_000)],
    ['VERDICT_DIFFERS', 'decision', (event) => ((event['verdict'] as Loose)['kind'] = 'refused')],
    [
      'VERDICT_DIFFERS',
      'decision',
      (event) => ((event['runtime'] as Loose)['auditDurable'] = false),
    ],
    ['VERDICT_DIFFERS', 'decision', (event) => ((event['market'] as Loose)['status'] = 'halted')],
    ['PROPOSAL_HASH_WRONG', 'decision', (event) => ((event['proposal'] as Loose)['qty'] = '0.02')],
    [
      'SEAL_WRONG',
      'decision',
      (event) => (event['signature'] = event['approvalSignature'] ?? null),
    ],
    ['APPROVAL_WRONG', 'decision', (event) => ((event['approval'] as Loose)['sequence'] = 9)],
    [
      'APPROVAL_WRONG',
      'decision',
      (event) => ((event['approval'] as Loose)['expiresAt'] = NOW + 9_000),
    ],
    [
      'EFFECTS_DIFFER',
      'decision',
      (event) =>
        (event['effects'] = [
          { kind: 'latch', scope: 'account', key: 'main', state: 'HALTED', code: 'X' },
        ]),
    ],
    ['POLICY_HASH_WRONG', 'configured', (event) => ((event['policy'] as Loose)['version'] = 2)],
    ['POLICY_UNREADABLE', 'configured', (event) => ((event['policy'] as Loose)['rules'] = {})],
  ];
  test.each(forgeries)('%s: a rechained forgery of a %s', (code, kind, change) => {
    // The approval binds the ledger's head, so a change before it shows there at the latest.
    const found = faultAfter(kind, change);
    expect([code, 'APPROVAL_WRONG']).toContain(found);
    if (kind !== 'cash') expect(found).toBe(code);
  });

  test('a decision that was left out is missed', () => {
    const without = lines.filter((line) => !line.includes('"kind":"cash"'));
    expect(audit(without, opens).fault?.code).toBe('LEDGER_CORRUPT');
  });

  test('an approval of what was refused is unfounded', () => {
    let approved: Json = null;
    const changed = rechained((event) => {
      if (event['kind'] !== 'decision') return;
      approved = event['approval'] ?? approved;
      if ((event['verdict'] as Loose)['kind'] === 'refused') {
        event['approval'] = approved;
        event['approvalSignature'] = 'AAAA';
      }
    });
    expect(['APPROVAL_UNFOUNDED', 'APPROVAL_WRONG']).toContain(audit(changed, opens).fault?.code);
  });
});

const isFirst: Parameters<typeof capsuleOf>[1] = ({ event }) =>
  event.kind === 'decision' && event.proposal.id === first.id;
const capsule = capsuleOf(openEntries(day.world.disk), isFirst) as Capsule;

describe('capsule', () => {
  test('holds the decision whole, and what became of it', () => {
    expect(capsule.verdict.kind).toBe('approved');
    expect(capsule.verdict.checks.length).toBeGreaterThan(90);
    expect(capsule.after.map(({ kind }) => kind)).toEqual(['outcome', 'fill', 'outcome']);
    expect(capsuleOf(openEntries(day.world.disk), () => false)).toBeNull();
  });

  test('survives the disk and replays without a difference', () => {
    const read = readCapsule(JSON.parse(capsuleText(capsule)));
    expect(read).toEqual({ ok: true, value: capsule });
    expect(replay(capsule)).toEqual([]);
  });

  test('every decision of the day replays from its own capsule', () => {
    const decisions = day.world.seen.filter(({ event }) => event.kind === 'decision');
    for (const { sequence } of decisions) {
      const one = capsuleOf(openEntries(day.world.disk), (entry) => entry.sequence === sequence);
      expect(one && replay(one)).toEqual([]);
    }
  });

  const changes: [string, (document: Loose) => void][] = [
    ['the market', (d) => (((d['case'] as Loose)['market'] as Loose)['status'] = 'halted')],
    ['the account', (d) => (((d['case'] as Loose)['account'] as Loose)['cash'] = '1')],
    ['the moment', (d) => ((d['case'] as Loose)['now'] = NOW + 61_000)],
    ['a check', (d) => ((((d['verdict'] as Loose)['checks'] as Loose[])[5] as Loose)['limit'] = 1)],
    ['the verdict', (d) => (d['verdictHash'] = NO_HASH)],
    ['the approval', (d) => ((d['approval'] as Loose)['sequence'] = 7)],
    ['the record', (d) => ((d['record'] as Loose)['signature'] = 'AAAA')],
    ['its place', (d) => (d['sequence'] = 99)],
  ];
  test.each(changes)('%s changed: the replay differs and says where', (_what, change) => {
    const document = JSON.parse(capsuleText(capsule)) as Loose;
    change(document);
    const read = readCapsule(document);
    expect(read.ok).toBe(true);
    if (read.ok) expect(replay(read.value)).not.toEqual([]);
  });

  test('a document that is no capsule is refused', () => {
    expect(readCapsule({}).ok).toBe(false);
    expect(readCapsule({ ...(JSON.parse(capsuleText(capsule)) as Loose), more: 1 }).ok).toBe(false);
  });
});
