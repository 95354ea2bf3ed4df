/** What a map has under a name of its own, and nothing that every object inherits. */

/**
 * Only functions and objects are inherited, so a plain value is the map's own without asking, which would cost
 * more than the rest of a small rule.
 */
export function valueAt<T>(map: Readonly<Record<string, T>>, key: string): T | undefined {
  const found = map[key];
  if (typeof found !== 'object' && typeof found !== 'function') return found;
  return Object.hasOwn(map, key) ? found : undefined;
}
