/** Family I: whether the order would look like, or be, market abuse. */
import type { Rule } from '../rule.ts';

export const conductRules: readonly Rule[] = [];
