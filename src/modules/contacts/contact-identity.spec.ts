import fc from 'fast-check';
import { CHANNEL_TYPES, type ChannelType, channelTypeOf, identitiesOf, isFault, normaliseAddress } from './contact-identity';

const normal = (channelType: ChannelType, text: string, country = 'MX') => normaliseAddress(channelType, text, country);

describe('normaliseAddress', () => {
  it.each<[ChannelType, string, string, string]>([
    ['PHONE', '55 1234 5678', '+525512345678', '+525512345678'],
    ['SMS', '+5215512345678', '+525512345678', '+525512345678'],
    ['WHATSAPP', '+56 9 1234 5678', '+56912345678', '+56912345678'],
    ['WHATSAPP', ' us.13491208655302741918 ', 'US.13491208655302741918', 'WHATSAPP:US.13491208655302741918'],
    ['EMAIL', ' Ana.Pérez@Example.COM ', 'ana.pérez@example.com', 'ana.pérez@example.com'],
    ['EMAIL', 'a+b@sub.example.com', 'a+b@sub.example.com', 'a+b@sub.example.com'],
    ['INSTAGRAM', ' Ana ', 'Ana', 'INSTAGRAM:Ana'],
    ['OTHER', '+525512345678', '+525512345678', 'OTHER:+525512345678'],
    ['TELEGRAM', 'ana@example.com', 'ana@example.com', 'TELEGRAM:ana@example.com'],
  ])('%s %j', (channelType, text, address, identity) => {
    expect(normal(channelType, text)).toEqual({ channelType, address, identity });
  });

  it.each<[ChannelType, string, string]>([
    ['PHONE', '', 'INVALID_PHONE'],
    ['PHONE', 'US.13491208655302741918', 'INVALID_PHONE'],
    ['WHATSAPP', 'USA.123456', 'INVALID_PHONE'],
    ['EMAIL', '', 'INVALID_EMAIL'],
    ['EMAIL', 'ana@', 'INVALID_EMAIL'],
    ['EMAIL', 'ana@localhost', 'INVALID_EMAIL'],
    ['EMAIL', 'Ana <ana@example.com>', 'INVALID_EMAIL'],
    ['EMAIL', 'a b@example.com', 'INVALID_EMAIL'],
    ['EMAIL', `${'a'.repeat(64)}@${'b'.repeat(60)}.${'c'.repeat(63)}.${'d'.repeat(63)}.com`, 'INVALID_EMAIL'],
    ['OTHER', ' \t', 'INVALID_VALUE'],
    ['OTHER', 'a\0', 'INVALID_VALUE'],
    ['PHONE', '\ud800', 'INVALID_VALUE'],
    ['OTHER', 'x'.repeat(321), 'VALUE_TOO_LONG'],
  ])('%s %j is refused', (channelType, text, code) => {
    expect(normal(channelType, text)).toEqual({ code, message: expect.any(String) });
  });

  const channel = fc.constantFrom(...CHANNEL_TYPES);
  const email = fc.emailAddress().map((text) => text.toUpperCase());
  const phone = fc.stringMatching(/^\+?[\d ().-]{8,18}$/);
  const text = fc.oneof(email, phone, fc.string({ unit: 'binary' }));

  it('never throws, and of a normal form makes the same again', () => {
    fc.assert(
      fc.property(channel, text, fc.constantFrom('MX', 'CL', 'US'), (channelType, sent, country) => {
        const first = normaliseAddress(channelType, sent, country);
        if (!isFault(first)) expect(normaliseAddress(channelType, first.address, 'ES')).toEqual(first);
      }),
      { numRuns: 2000 },
    );
  });

  it('gives one identity to one number on its three channels, and to nothing else', () => {
    fc.assert(
      fc.property(phone, (number) => {
        const [asPhone, asSms, asWhatsApp, asOther] = (['PHONE', 'SMS', 'WHATSAPP', 'OTHER'] as const).map((type) => normal(type, number));
        if (!asPhone || isFault(asPhone)) return;
        expect(asSms).toMatchObject({ identity: asPhone.identity });
        expect(asWhatsApp).toMatchObject({ identity: asPhone.identity });
        expect(asOther).not.toMatchObject({ identity: asPhone.identity });
      }),
      { numRuns: 1000 },
    );
  });

  it('gives an identity that its own address leads to', () => {
    fc.assert(
      fc.property(channel, text, (channelType, sent) => {
        const address = normal(channelType, sent);
        if (isFault(address)) return;
        expect(identitiesOf(address.address, 'MX')).toContain(address.identity);
        expect(identitiesOf(` ${address.address} `, 'MX')).toContain(address.identity);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('channelTypeOf', () => {
  it('takes any case, and nothing that is no channel', () => {
    expect(['phone', ' WhatsApp ', 'EMAIL'].map(channelTypeOf)).toEqual(['PHONE', 'WHATSAPP', 'EMAIL']);
    expect(['', 'PIGEON', 'constructor', 'phone1'].map(channelTypeOf)).toEqual([undefined, undefined, undefined, undefined]);
  });
});
