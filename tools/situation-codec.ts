/** Situations as they are kept: closed shapes, refused as a whole when anything is off. */
import * as f from '#firewall';
import { FACT_UNITS, type Fact, type Situation } from './contract.ts';
import { faultOf } from './facts.ts';

const FACTS_MAX = 400;

const shape: f.Codec<Fact> = f.record<Fact>({
  name: f.name,
  value: f.pattern(/^[A-Za-z0-9_.-]{1,64}$/, 'a decimal or a word'),
  unit: f.oneOf(FACT_UNITS),
});

const factCodec: f.Codec<Fact> = {
  read: (value, at) => {
    const fact = shape.read(value, at);
    return faultOf(fact) === null ? fact : f.refuseAt(at, 'a well-formed fact');
  },
  write: shape.write,
};

const record: f.Codec<Situation> = f.record<Situation>({
  id: f.name,
  desk: f.name,
  symbol: f.symbolName,
  availableAt: f.time,
  facts: f.list(factCodec, FACTS_MAX),
  action: f.name,
  outcome: f.nullable(f.integer<f.Ppm>()),
  outcomeAt: f.nullable(f.time),
});

/** An outcome has a time, and one that is not before the situation itself. */
export const situationCodec: f.Codec<Situation> = {
  read: (value, at) => {
    const situation = record.read(value, at);
    const { availableAt, outcome, outcomeAt } = situation;
    if ((outcome === null) !== (outcomeAt === null))
      return f.refuseAt(`${at}.outcomeAt`, 'a time exactly where there is an outcome');
    if (outcomeAt !== null && outcomeAt < availableAt)
      return f.refuseAt(`${at}.outcomeAt`, 'no outcome before the situation');
    return situation;
  },
  write: record.write,
};
