import type { MediaRule, MediaType } from '../../modules/messages';

const OFFICE = 'application/vnd.openxmlformats-officedocument';
const DAY_MS = 24 * 3_600_000;

/** What WhatsApp takes as each kind (its media page of June 2026). Animated stickers may have 500 KB; which one is animated, it finds itself. */
export const MEDIA_RULES: Readonly<Record<MediaType, MediaRule>> = {
  image: { contentTypes: ['image/jpeg', 'image/png'], maxBytes: 5 * 1024 * 1024 },
  audio: { contentTypes: ['audio/aac', 'audio/amr', 'audio/mpeg', 'audio/mp4', 'audio/ogg'], maxBytes: 16 * 1024 * 1024 },
  video: { contentTypes: ['video/mp4', 'video/3gpp'], maxBytes: 16 * 1024 * 1024 },
  document: {
    contentTypes: [
      ...['application/pdf', 'text/plain', 'application/msword', 'application/vnd.ms-excel', 'application/vnd.ms-powerpoint'],
      ...[`${OFFICE}.wordprocessingml.document`, `${OFFICE}.spreadsheetml.sheet`, `${OFFICE}.presentationml.presentation`],
    ],
    maxBytes: 100 * 1024 * 1024,
  },
  sticker: { contentTypes: ['image/webp'], maxBytes: 500 * 1024 },
};

/** Of the 30 days that an uploaded file is kept. */
export const MEDIA_LIFETIME_MS = 29 * DAY_MS;

/** Meta's own hosts: a file's url is there, and opens to whoever has the token. */
const META_HOST = /^(lookaside\.fbsbx\.com|[a-z0-9.-]+\.fbsbx\.com|graph\.facebook\.com|[a-z0-9.-]+\.fbcdn\.net)$/;

export const isOfMeta = ({ protocol, hostname }: URL): boolean => protocol === 'https:' && META_HOST.test(hostname);
