import { isPublicAddress, literalAddressOf, lookupPublic } from './public-address';

const PRIVATE = [
  ...[
    '127.0.0.1',
    '127.9.9.9',
    '0.0.0.0',
    '10.0.0.1',
    '172.16.0.1',
    '192.168.1.1',
    '100.64.0.1',
    '169.254.169.254',
    '192.0.2.1',
    '198.18.0.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
  ],
  ...[
    '::',
    '::1',
    '::7f00:1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '::ffff:0:7f00:1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001::1',
    'fe80::1',
    'fec0::1',
    'fc00::1',
    'fd12::1',
    'ff02::1',
    '2001:db8::1',
    '100::1',
  ],
];

/** Of the address 127.0.0.1, and of others that lead here, in a url. */
const SPELLINGS = [
  ...['127.0.0.1', '127.1', '127.0.1', '2130706433', '0x7f.1', '0x7f000001', '0177.0.0.1', '017700000001', '127.0.0.1.', '①②⑦.0.0.1', '127。0。0。1', '%31%32%37.0.0.1'],
  ...['0', '0.0.0.0', '[::1]', '[::]', '[0:0:0:0:0:0:0:1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::127.0.0.1]', '[64:ff9b::127.0.0.1]', '169.254.169.254', '0xa9fea9fe'],
];

describe('addresses', () => {
  it.each(PRIVATE)('%s is none of the open internet', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each(['8.8.8.8', '1.1.1.1', '52.95.110.1', '2606:4700:4700::1111', '2a00:1450:4001::1'])('%s is one of the open internet', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each(SPELLINGS)('http://%s/ is seen to lead inside', (host) => {
    const address = literalAddressOf(new URL(`http://${host}/`));
    expect(address).toBeDefined();
    expect(isPublicAddress(address ?? '')).toBe(false);
  });

  it('is none that a name spells out', () => {
    expect(literalAddressOf(new URL('http://example.com/'))).toBeUndefined();
  });
});

describe('the lookup of a socket', () => {
  const lookup = (host: string, all: boolean) =>
    new Promise((resolve) => lookupPublic(host, { all }, (error, address, family) => resolve(error ? error.message : { address, family })));

  it.each(['localhost', '127.0.0.1', '10.1.2.3'])('refuses %s', async (host) => {
    expect(await lookup(host, false)).toMatch(/not of the open internet/);
    expect(await lookup(host, true)).toMatch(/not of the open internet/);
  });

  it('gives what it has checked, in the form that was asked for', async () => {
    expect(await lookup('8.8.8.8', false)).toEqual({ address: '8.8.8.8', family: 4 });
    expect(await lookup('8.8.8.8', true)).toMatchObject({ address: [{ address: '8.8.8.8', family: 4 }] });
  });
});
