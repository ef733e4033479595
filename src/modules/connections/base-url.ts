import { isPublicAddress } from '../../platform/http/public-address';

const NOT_PUBLIC = /(^|\.)(localhost|local|internal|intranet|lan|home|corp|home\.arpa)$/;

/**
 * A provider's address in its normal form, without a / at the end; undefined where no tenant may name it. The server calls it
 * with a tenant's credentials and shows what comes back, so it must not lead into the operator's own network. Names are
 * checked once more when they are called, by what they resolve to.
 */
export function publicBaseUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  // It knows every spelling of an address, and writes them all in one way.
  const url = new URL(text);
  if (url.protocol !== 'https:' || url.username || url.password || url.search || url.hash) return undefined;
  return isPublic(url.hostname) ? withoutSlash(url.href) : undefined;
}

export const withoutSlash = (url: string): string => url.replace(/\/+$/, '');

function isPublic(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (/^[\d.]+$/.test(bare) || bare.includes(':')) return isPublicAddress(bare);
  return bare.includes('.') && !NOT_PUBLIC.test(bare);
}
