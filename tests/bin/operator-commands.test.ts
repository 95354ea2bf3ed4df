/** What an operator may name: everything, or something that is really there. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { knownNames, saidBy, scopeHere, scopeOf } from '../../bin/operator-commands.ts';
import { loadConfig } from '../../infra/config.ts';
import { dataDir } from '../../infra/data-dir.ts';

const loaded = loadConfig(join(import.meta.dirname, 'absent.yaml'), {}, {});
if (!loaded.ok) throw new Error('the defaults are a configuration');
const known = knownNames(loaded.config);

describe('a scope', () => {
  it('is everything without a word', () => {
    expect(scopeOf([], known)).toEqual({ scope: 'global', key: '*' });
    expect(scopeHere([], dataDir('nowhere'), {})).toEqual({ scope: 'global', key: '*' });
  });
  it.each([
    ['symbol', 'BTC/USDT:USDT'],
    ['strategy', 'trend-btc'],
    ['account', 'paper'],
    ['venue', 'paper'],
    ['agent', 'algorithmic-trend-btc'],
  ])('%s %s is known', (scope, key) => {
    expect(scopeOf([scope, key], known)).toEqual({ scope, key });
  });
  it.each([['symbol', 'BTC/USD'], ['symbol'], ['strategy', 'trend-bct'], ['global', 'typo']])(
    '%s %s is a typo, and says what there is',
    (...words) => {
      expect(() => scopeOf(words, known)).toThrowError(
        expect.objectContaining({ code: 'NAME_UNKNOWN' }),
      );
    },
  );
  it.each([[['everything']], [['symbol', 'BTC/USDT:USDT', 'now']]])('%j is none', (words) => {
    expect(() => scopeOf(words, known)).toThrowError(
      expect.objectContaining({ code: 'SCOPE_INVALID' }),
    );
  });
});

describe('who loosens', () => {
  it('has a name and a reason', () => {
    expect(saidBy({ by: 'ada', reason: 'looked at it' })).toEqual({
      by: 'ada',
      reason: 'looked at it',
    });
  });
  it.each([
    [{ reason: 'x' }, 'NAME_MISSING'],
    [{ by: 'ada' }, 'REASON_MISSING'],
    [{ by: 'ada lovelace', reason: 'x' }, 'NAME_MISSING'],
    [{ by: 'ada', reason: '' }, 'REASON_MISSING'],
  ])('%j is not enough', (options, code) => {
    expect(() => saidBy(options)).toThrowError(expect.objectContaining({ code }));
  });
});
