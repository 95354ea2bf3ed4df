/** What a named human may tell the gate: halt, resume, consent, arm, exit. Decoded as strictly as any message. */
import {
  armCodec,
  decodeText,
  hash,
  name,
  oneOf,
  record,
  SCOPES,
  time,
  TRADING_STATES,
  variant,
  words,
  type Arm,
  type Codec,
  type Decoded,
  type Hash,
  type Scope,
  type TimeMs,
  type TradingState,
} from '#firewall';

type Said = Readonly<{
  by: string;
  reason: string;
  /** When the human said it. */
  at: TimeMs;
}>;

export type Command =
  | (Said &
      Readonly<{
        kind: 'halt';
        scope: Scope;
        key: string;
        state: Exclude<TradingState, 'ACTIVE'>;
      }>)
  | (Said & Readonly<{ kind: 'resume'; scope: Scope; key: string }>)
  | (Said & Readonly<{ kind: 'consent'; proposalHash: Hash }>)
  | (Said & Readonly<{ kind: 'arm'; arm: Arm }>)
  | (Said & Readonly<{ kind: 'exit'; proposalHash: Hash; expiresAt: TimeMs }>);

/** Names that the house signs with itself; a human who uses one is none. */
const MACHINES = new Set(['gate', 'courier', 'vault', 'signer', 'venue', 'agent', 'system']);

const human: Codec<string> = {
  read: (value, at) => {
    const read = name.read(value, at);
    return MACHINES.has(read.toLowerCase()) ? human.read(null, at) : read;
  },
  write: (value) => value,
};
const scopeKey: Codec<string> = {
  read: (value, at) => (value === '*' ? '*' : name.read(value, at)),
  write: (value) => value,
};
const said = { by: human, reason: words(400), at: time };
type Kind<K extends Command['kind']> = Extract<Command, { kind: K }>;

export const commandCodec: Codec<Command> = variant<Command>({
  halt: record<Kind<'halt'>>({
    kind: oneOf(['halt'] as const),
    ...said,
    scope: oneOf(SCOPES),
    key: scopeKey,
    state: oneOf(TRADING_STATES.filter((state) => state !== 'ACTIVE')),
  }),
  resume: record<Kind<'resume'>>({
    kind: oneOf(['resume'] as const),
    ...said,
    scope: oneOf(SCOPES),
    key: scopeKey,
  }),
  consent: record<Kind<'consent'>>({
    kind: oneOf(['consent'] as const),
    ...said,
    proposalHash: hash,
  }),
  arm: record<Kind<'arm'>>({ kind: oneOf(['arm'] as const), ...said, arm: armCodec }),
  exit: record<Kind<'exit'>>({
    kind: oneOf(['exit'] as const),
    ...said,
    proposalHash: hash,
    expiresAt: time,
  }),
});

export const COMMAND_TEXT_MAX = 8_192;

export const decodeCommand = (text: string): Decoded<Command> =>
  decodeText(commandCodec, text, COMMAND_TEXT_MAX);

/** Longer ago than this a command is no longer what its author wants now. */
export const COMMAND_AGE_MAX = 600_000;
const AHEAD_MAX = 60_000;

export const isStale = ({ at }: Command, now: TimeMs): boolean =>
  now - at > COMMAND_AGE_MAX || at - now > AHEAD_MAX;
