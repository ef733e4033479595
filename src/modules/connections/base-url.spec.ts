import { publicBaseUrl } from './base-url';

describe('the base url that a tenant may name', () => {
  it.each([
    ['https://api.eu.vapi.ai', 'https://api.eu.vapi.ai'],
    ['https://API.Vapi.ai/', 'https://api.vapi.ai'],
    ['https://proxy.example.com:8443/vapi//', 'https://proxy.example.com:8443/vapi'],
    ['https://8.8.8.8', 'https://8.8.8.8'],
    ['https://[2606:4700::1111]/', 'https://[2606:4700::1111]'],
  ])('is %s', (text, normal) => {
    expect(publicBaseUrl(text)).toBe(normal);
  });

  it.each([
    ...['http://api.vapi.ai', 'ftp://api.vapi.ai', 'api.vapi.ai', '', 'https://', 'https://user:secret@api.vapi.ai', 'https://api.vapi.ai/?a=1', 'https://api.vapi.ai/#a'],
    ...['https://localhost', 'https://localhost.', 'https://a.localhost', 'https://db', 'https://metadata.google.internal', 'https://printer.local', 'https://nas.lan'],
    ...['https://127.0.0.1', 'https://2130706433', 'https://0x7f.1', 'https://0177.0.0.1', 'https://127.1', 'https://0.0.0.0', 'https://127.0.0.1.'],
    ...['https://10.0.0.1', 'https://172.16.0.1', 'https://192.168.1.1', 'https://169.254.169.254', 'https://100.64.0.1', 'https://224.0.0.1', 'https://255.255.255.255'],
    ...['https://[::1]', 'https://[::]', 'https://[::ffff:127.0.0.1]', 'https://[::ffff:8.8.8.8]'],
    ...['https://[fe80::1]', 'https://[fd00::1]', 'https://[64:ff9b::7f00:1]', 'https://[2002:7f00:1::]'],
  ])('is not %s', (text) => {
    expect(publicBaseUrl(text)).toBeUndefined();
  });
});
