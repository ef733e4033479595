import { createHmac } from 'node:crypto';

/** X-Twilio-Signature of a request to a url, as it is called, with these form fields. */
export function signatureOf(authToken: string, url: string, form: Record<string, string>): string {
  const fields = Object.keys(form)
    .sort()
    .map((name) => `${name}${form[name] ?? ''}`);
  return createHmac('sha1', authToken)
    .update(url + fields.join(''))
    .digest('base64');
}
