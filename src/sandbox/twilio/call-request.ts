import { isObject } from '../loose-json';
import type { CallRequest } from './twilio-calls';
import { twilioError } from './twilio-error';
import { methodOf } from './twiml';

const NUMBER = /^\+[1-9]\d{1,14}$/;
const MAX_TWIML = 4000;

/** What POST Calls.json asks for. @throws ProviderAnswer with Twilio's code where Twilio would refuse it */
export function callRequestOf(body: unknown, baseUrl: string): CallRequest {
  const form = isObject(body) ? body : {};
  const field = (name: string): string | undefined => {
    const value: unknown = Array.isArray(form[name]) ? form[name][0] : form[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const [to, from, url, twiml] = [field('To'), field('From'), field('Url'), field('Twiml')];
  if (to === undefined) throw twilioError(400, 21201, "No 'To' number is specified");
  if (from === undefined) throw twilioError(400, 21213, "No 'From' number is specified");
  if (!NUMBER.test(to)) throw twilioError(400, 21211, `The 'To' number ${to} is not a valid phone number.`);
  if (!NUMBER.test(from)) throw twilioError(400, 21212, `The 'From' number ${from} is not a valid phone number, shortcode, or alphanumeric sender ID.`);
  if (url === undefined && twiml === undefined) {
    if (field('ApplicationSid') !== undefined) throw twilioError(400, 21218, 'The sandbox has no applications: send Url or Twiml.');
    throw twilioError(400, 21205, 'Url parameter is required.');
  }
  for (const address of [url, field('StatusCallback')]) {
    if (address !== undefined && !/^https?:\/\//.test(address)) throw twilioError(400, 21205, `Url is not a valid URL: ${address}`);
  }
  if (twiml !== undefined && twiml.length > MAX_TWIML) throw twilioError(400, 21218, `Twiml is longer than ${MAX_TWIML} characters.`);
  const events = ([form.StatusCallbackEvent ?? 'completed'].flat() as string[]).flatMap((text) => text.split(/[\s,]+/));
  return {
    to,
    from,
    instructions: url === undefined ? { twiml: twiml ?? '' } : { url, method: methodOf(field('Method')) },
    callback: field('StatusCallback'),
    callbackMethod: methodOf(field('StatusCallbackMethod')),
    callbackEvents: events,
    detectsMachines: field('MachineDetection') !== undefined,
    baseUrl,
  };
}
