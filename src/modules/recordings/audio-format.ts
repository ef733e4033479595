import { type FileType, fileTypesOf } from '../../platform/storage/content-types';

const TAKEN = new Set(['audio/wav', 'audio/mpeg', 'audio/ogg', 'audio/webm', 'audio/mp4']);

/** The audio that a file is by its first bytes; undefined where it is none that can be kept. */
export const audioFormatOf = (head: Buffer): FileType | undefined => fileTypesOf(head).find(({ contentType }) => TAKEN.has(contentType));
