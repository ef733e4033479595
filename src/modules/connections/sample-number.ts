import { normalisePhone } from '../../platform/text/phone-numbers';

/** The documents' own sample number, which no country has: whoever tries their examples has it, and the sandbox takes it. */
const SAMPLE_NUMBER = '+1234567890';

/** What a bridge in the sandbox rings, and calls from, where nobody has said anything: a fresh start has neither user nor number. */
export const SANDBOX_PHONES = { agent: '+525555550198', caller: '+525555550199' } as const;

/** As normalisePhone, and the sample number as it is. */
export const normaliseNumber = (text: string, country: string): string | undefined => (text.trim() === SAMPLE_NUMBER ? SAMPLE_NUMBER : normalisePhone(text, country));
