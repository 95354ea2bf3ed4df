/** The house's one hash. The single import of this folder from outside it; see docs/adr on hashing. */
import { hash } from 'node:crypto';
import type { Hash } from './units.ts';

/** SHA-256 of the UTF-8 bytes, as lower-case hex. A pure function: same text, same hash. */
export const hashText = (text: string): Hash => hash('sha256', text, 'hex') as Hash;
