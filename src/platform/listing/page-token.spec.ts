import fc from 'fast-check';
import { Config } from '../config/config';
import { Secrets } from '../config/secrets';
import { InvalidPageToken } from '../errors/platform.errors';
import { PageTokens } from './page-token';

const tokensOf = (key: string) => new PageTokens(new Secrets(Object.assign(new Config(), { ENCRYPTION_KEY: key })));

describe('page tokens', () => {
  const tokens = tokensOf('a key of at least 32 characters, as it must');

  it('give back the keys of the last row, for the same query only', () => {
    const keys = fc.array(fc.oneof(fc.string(), fc.integer(), fc.constant(null)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(keys, fc.string(), fc.string(), (row, query, other) => {
        const token = tokens.issue(row, query);
        expect(token).toMatch(/^[\w-]+$/);
        expect(tokens.read(token, query)).toEqual(row);
        if (other !== query) expect(() => tokens.read(token, other)).toThrow(InvalidPageToken);
      }),
    );
  });

  it('are refused when touched, made up, or signed by another server', () => {
    const token = tokens.issue(['2026-01-01', 7], 'query');
    fc.assert(
      fc.property(fc.nat({ max: token.length - 2 }), fc.constantFrom(...'AZaz09-_'), (at, char) => {
        fc.pre(token[at] !== char);
        expect(() => tokens.read(token.slice(0, at) + char + token.slice(at + 1), 'query')).toThrow(InvalidPageToken);
      }),
    );
    fc.assert(fc.property(fc.string(), (text) => expect(() => tokens.read(text, 'query')).toThrow(InvalidPageToken)));
    expect(() => tokensOf('another key of at least 32 characters').read(token, 'query')).toThrow(InvalidPageToken);
  });
});
