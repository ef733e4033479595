import { Agent, fetch as undiciFetch } from 'undici';
import type { Connection } from '../modules/connections';
import { lookupPublic } from '../platform/http/public-address';

const outside = new Agent({ connect: { lookup: lookupPublic } });

// undici's own, since node's fetch takes no agent, and no form, of another version; their types differ where nothing here looks.
const fetchAnywhere = undiciFetch as unknown as typeof fetch;
const fetchOutside = ((input: string, init?: object) => undiciFetch(input, { ...init, dispatcher: outside })) as unknown as typeof fetch;

/** An address that a tenant named was public when it was; it must still be when the server calls it, since the answer is shown. */
export const fetchOf = ({ trusted }: Connection): typeof fetch => (trusted ? fetchAnywhere : fetchOutside);
