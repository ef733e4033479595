import { signatureOf } from './twilio-signature';

it("Twilio's signature is that of its test vector", () => {
  const form = { To: '+18005551212', From: '+12349013030', Digits: '1234', Caller: '+12349013030', CallSid: 'CA1234567890ABCDE' };
  expect(signatureOf('12345', 'https://mycompany.com/myapp.php?foo=1&bar=2', form)).toBe('0/KCTR6DLpKmkAf8muzZqo1nDgQ=');
});
