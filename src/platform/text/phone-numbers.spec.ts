import fc from 'fast-check';
import { normalisePhone } from './phone-numbers';

describe('normalisePhone', () => {
  it.each([
    ['+56912345678', 'MX', '+56912345678'], // the documents' own
    ['5512345678', 'MX', '+525512345678'],
    ['55 1234 5678', 'MX', '+525512345678'],
    ['(55) 1234-5678', 'MX', '+525512345678'],
    ['55.1234.5678', 'MX', '+525512345678'],
    ['tel:+52-55-1234-5678', 'MX', '+525512345678'],
    ['52 55 1234 5678', 'MX', '+525512345678'],
    ['+5215512345678', 'MX', '+525512345678'],
    ['5215512345678', 'CL', '+525512345678'],
    ['\u202a+52 55 1234 5678\u202c', 'MX', '+525512345678'], // as contacts are copied from a phone
    ['+52\u00a055\u20111234\u20135678', 'MX', '+525512345678'],
    ['9 1234 5678', 'CL', '+56912345678'],
    ['(212) 555-2368', 'US', '+12125552368'],
    ['301 2345678', 'CO', '+573012345678'],
  ])('reads %s of %s', (text, country, expected) => {
    expect(normalisePhone(text, country)).toBe(expected);
  });

  it.each([
    '',
    ' ',
    '+',
    '123',
    '1234',
    '+1234567890',
    '555-CALL-NOW',
    '55 1234 5678 ext 9',
    '55123456789012345678',
    '+52 55 1234',
    '００１２３４５６７８９',
    '5'.repeat(65),
    'null',
  ])('takes %j for no number', (text) => {
    expect(normalisePhone(text, 'MX')).toBeUndefined();
  });

  it('never throws, and gives E.164 that stays what it is', () => {
    const digits = fc.stringMatching(/^\+?[\d ().-]{5,20}$/);
    const country = fc.constantFrom('MX', 'CL', 'US', 'CO', 'PE', 'AR', 'ES', 'BR');
    fc.assert(
      fc.property(fc.oneof(digits, fc.string({ unit: 'binary' })), country, (text, of) => {
        const number = normalisePhone(text, of);
        if (number === undefined) return;
        expect(number).toMatch(/^\+[1-9]\d{4,14}$/);
        expect(normalisePhone(number, 'US')).toBe(number);
      }),
      { numRuns: 2000 },
    );
  });
});
