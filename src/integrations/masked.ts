const SECRET = /^(authorization|x-vapi-secret|controlUrl|listenUrl)$|(secret|token|password|apiKey)$/i;

/** The same JSON with its secrets as `***`: what may be shown in the contact's log. */
export function masked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(masked);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, SECRET.test(key) && typeof inner === 'string' ? '***' : masked(inner)]));
}
