/** Log lines: one JSON object each, with nothing secret in them. */
import { describe, expect, it } from 'vitest';
import { errorFields, logLine, redact, redactText } from '../../infra/log.ts';

describe('a log line', () => {
  it('is one JSON object on one line', () => {
    const line = logLine(0, 'gate', 'info', 'DECIDED', { text: 'two\nlines', n: 1 });
    expect(line).not.toContain('\n');
    expect(JSON.parse(line)).toEqual({
      at: '1970-01-01T00:00:00.000Z',
      level: 'info',
      role: 'gate',
      event: 'DECIDED',
      text: 'two\nlines',
      n: 1,
    });
  });
});

describe('redaction', () => {
  it.each([
    'passphrase',
    'PASSWORD',
    'apiKey',
    'api_key',
    'privateKey',
    'Authorization',
    'accessToken',
  ])('blots out a field named %s, however deep', (name) => {
    expect(redact({ a: [{ [name]: 'hush' }] })).toEqual({ a: [{ [name]: '***' }] });
  });
  it('blots out credentials in addresses', () => {
    expect(redactText('at postgres://airlock:s3cret@127.0.0.1:1/x')).toBe(
      'at postgres://airlock:***@127.0.0.1:1/x',
    );
  });
  it('blots out private keys', () => {
    expect(redactText('-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----')).toBe('***');
  });
  it('keeps what is not secret', () => {
    expect(redact({ code: 'X', n: 1, none: null, list: ['a'] })).toEqual({
      code: 'X',
      n: 1,
      none: null,
      list: ['a'],
    });
  });
});

it('an error keeps its stable code and its cause', () => {
  const error = Object.assign(new Error('away', { cause: new Error('refused') }), {
    code: 'QUEUE_UNAVAILABLE',
  });
  expect(errorFields(error)).toEqual({
    code: 'QUEUE_UNAVAILABLE',
    message: 'away',
    cause: 'refused',
  });
  expect(errorFields('text')).toEqual({ code: 'UNKNOWN_ERROR' });
});
