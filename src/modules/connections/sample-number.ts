import { normalisePhone } from '../../platform/text/phone-numbers';

/** The documents' own sample number, which no country has: whoever tries their examples has it, and the sandbox takes it. */
const SAMPLE_NUMBER = '+1234567890';

/** As normalisePhone, and the sample number as it is. */
export const normaliseNumber = (text: string, country: string): string | undefined => (text.trim() === SAMPLE_NUMBER ? SAMPLE_NUMBER : normalisePhone(text, country));
