import { createHmac } from 'node:crypto';
import { isFromVapi } from './vapi-signature';

const SECRET = 'secret of the webhook';
const rawBody = Buffer.from('{"message":{"type":"hang"}}');

const signed = (timestamp: string, encoding: 'hex' | 'base64' = 'hex') => ({
  'x-timestamp': timestamp,
  'x-signature': createHmac('sha256', SECRET).update(`${timestamp}.${rawBody.toString()}`).digest(encoding),
});

const secondsAgo = (seconds: number) => String(Math.round(Date.now() / 1000) - seconds);

describe('a webhook of Vapi', () => {
  it.each([
    ['the secret itself', { 'x-vapi-secret': SECRET }],
    ['an HMAC in hex', signed(secondsAgo(0))],
    ['one in upper case', { ...signed(secondsAgo(0)), 'x-signature': signed(secondsAgo(0))['x-signature'].toUpperCase() }],
    ['one in base64', signed(secondsAgo(0), 'base64')],
    ['one with its algorithm before it', { ...signed(secondsAgo(9)), 'x-signature': `sha256=${signed(secondsAgo(9))['x-signature']}` }],
    ['a time in ms', signed(String(Date.now()))],
    ['a time 4 minutes ago', signed(secondsAgo(240))],
  ])('is believed by %s', (_how, headers) => {
    expect(isFromVapi({ headers, rawBody }, SECRET)).toBe(true);
  });

  it.each([
    ['nothing', {}],
    ['another secret', { 'x-vapi-secret': 'guess' }],
    ['an empty secret', { 'x-vapi-secret': '' }],
    ['two secrets', { 'x-vapi-secret': [SECRET, SECRET] }],
    ['a wrong secret beside a right HMAC', { 'x-vapi-secret': 'guess', ...signed(secondsAgo(0)) }],
    ['an HMAC of another time', { ...signed(secondsAgo(0)), 'x-timestamp': secondsAgo(1) }],
    ['an HMAC without its time', { 'x-signature': signed(secondsAgo(0))['x-signature'] }],
    ['an HMAC of 6 minutes ago', signed(secondsAgo(360))],
    ['an HMAC of the future', signed(secondsAgo(-360))],
    ['a time that is none', signed('now')],
    ['an empty HMAC', { 'x-timestamp': secondsAgo(0), 'x-signature': '' }],
  ])('is not believed by %s', (_how, headers) => {
    expect(isFromVapi({ headers, rawBody }, SECRET)).toBe(false);
  });

  it('is not believed where its body was changed', () => {
    expect(isFromVapi({ headers: signed(secondsAgo(0)), rawBody: Buffer.from('{"message":{"type":"Hang"}}') }, SECRET)).toBe(false);
  });
});
